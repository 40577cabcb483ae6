#!/usr/bin/env python3
"""llama.cpp's own HTTP server on loopback, with a tiny model of random weights (test/fixtures/models/tiny.gguf).

Its answers are nonsense words; its protocol, queueing and errors are llama.cpp's own. `ignore_eos: true` gives exact
lengths. Needs the package xllamacpp; llama.mjs beside this file installs it and starts this. Prints
`listening URL` once it is; SIGTERM, SIGINT or, with --with-stdin, the end of standard input stops it.
"""

import argparse
import os
import pathlib
import signal
import sys

import xllamacpp

MODEL = pathlib.Path(__file__).resolve().parents[2] / "test" / "fixtures" / "models" / "tiny.gguf"


def arguments():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--model", default=str(MODEL))
    ap.add_argument("--alias", default="tiny", help="the name it answers with")
    ap.add_argument("--port", type=int, default=0, help="0: any free one")
    ap.add_argument("--parallel", type=int, default=4, help="slots; more requests than this wait in its queue")
    ap.add_argument("--ctx", type=int, default=8192, help="tokens of context, shared by all slots")
    ap.add_argument("--sse-ping", type=int, help="seconds between ':' comments while a prompt is processed")
    ap.add_argument("--api-key")
    ap.add_argument("--with-stdin", action="store_true", help="stop when standard input ends, so as not to outlive a parent")
    return ap.parse_args()


def params(a):
    p = xllamacpp.CommonParams()
    p.model.path = a.model
    # Plain strings in older releases of the package, collections in newer ones.
    p.model_alias = a.alias if isinstance(p.model_alias, str) else {a.alias}
    p.hostnames = "127.0.0.1" if isinstance(p.hostnames, str) else ["127.0.0.1"]
    p.port, p.n_parallel, p.n_ctx = a.port, a.parallel, a.ctx
    p.endpoint_metrics, p.endpoint_slots, p.endpoint_props = True, True, False
    p.cpuparams.n_threads = p.cpuparams_batch.n_threads = 1
    p.verbosity, p.ui, p.warmup, p.offline = 2, False, True, True
    if a.sse_ping is not None:
        p.sse_ping_interval = a.sse_ping
    if a.api_key:
        p.api_keys = [a.api_key]
    return p


def main():
    a = arguments()
    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, lambda *_: os._exit(0))
    server = xllamacpp.Server(params(a))
    print("listening", server.listening_address, flush=True)
    if a.with_stdin:
        sys.stdin.read()
        os._exit(0)
    while True:
        signal.pause()


main()
