"""An asyncio load generator as people write one: aiohttp, a line at a time, json.loads, a time for every token.

Prints one line of JSON in the end, as client-go does.
"""

import argparse
import asyncio
import json
import sys
import time

import aiohttp


class Tally:
    def __init__(self):
        self.requests = self.failed = self.tokens = self.chars = 0
        self.ttft = []
        self.gaps = []


async def stream(session, url, body, tally):
    sent = time.perf_counter()
    last = None
    async with session.post(url, json=body) as response:
        response.raise_for_status()
        async for line in response.content:
            if not line.startswith(b"data: "):
                continue
            at = time.perf_counter()
            data = line[6:].strip()
            if data == b"[DONE]":
                break
            choices = json.loads(data)["choices"]
            content = choices[0]["delta"].get("content") if choices else None
            if not content:
                continue
            if last is None:
                tally.ttft.append(at - sent)
            else:
                tally.gaps.append(at - last)
            last = at
            tally.tokens += 1
            tally.chars += len(content)
    tally.requests += 1


async def worker(session, url, body, tally, until):
    while time.perf_counter() < until:
        try:
            await stream(session, url, body, tally)
        except (aiohttp.ClientError, ValueError) as error:
            tally.failed += 1
            print(repr(error), file=sys.stderr)


async def main():
    options = argparse.ArgumentParser()
    options.add_argument("--url", required=True)
    options.add_argument("--streams", type=int, default=64)
    options.add_argument("--tokens", type=int, default=100)
    options.add_argument("--duration", type=float, default=10, help="no request starts after so many seconds")
    given = options.parse_args()
    body = {
        "model": "bench",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": given.tokens,
        "messages": [{"role": "user", "content": "Say something."}],
    }
    tally = Tally()
    start = time.perf_counter()
    connector = aiohttp.TCPConnector(limit=given.streams)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=None)) as session:
        url = given.url + "/v1/chat/completions"
        await asyncio.gather(
            *(worker(session, url, body, tally, start + given.duration) for _ in range(given.streams))
        )
    print(
        json.dumps(
            {
                "requests": tally.requests,
                "failed": tally.failed,
                "tokens": tally.tokens,
                "chars": tally.chars,
                "seconds": time.perf_counter() - start,
                "ttft_p50_ms": p50(tally.ttft),
                "itl_p50_ms": p50(tally.gaps),
            }
        )
    )


def p50(seconds):
    return sorted(seconds)[len(seconds) // 2] * 1000 if seconds else 0


asyncio.run(main())
