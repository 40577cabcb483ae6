/** Conversations under real k6: what is resent, what of it the server had cached, and that nothing is cut at the end. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { RecordLine } from '../../lib/analysis/columns/columns.ts';
import type { Mock, TruthEntry } from '../../mock/index.ts';
import { type K6Ended, mockFor, runScenario } from './run.ts';

const TALK = {
  MODEL: 'mock',
  CONCURRENCY: 3,
  CONVERSATIONS: 6,
  TURNS: 4,
  THINK_TIME: '20ms',
  SEED: 5,
  RUN_ID: 'fixed',
};

function grouped<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** How many of these requests the mock had at once, at most. */
function mostAtOnce(entries: readonly TruthEntry[]): number {
  const events = entries.flatMap(({ receivedAt, end }) => [
    { at: receivedAt, change: 1 },
    { at: receivedAt + (end ?? Number.NaN), change: -1 },
  ]);
  events.sort((a, b) => a.at - b.at || a.change - b.change);
  let [now, most] = [0, 0];
  for (const { change } of events) {
    now += change;
    most = Math.max(most, now);
  }
  return most;
}

/** The questions of a run in the order of their indexes, as far as the seed decides them. */
const asked = (runs: readonly K6Ended[]) =>
  runs
    .flatMap((run) => run.lines)
    .sort((a, b) => Number(a.i) - Number(b.i))
    .map(({ i, session, turn, asked_in, asked_out, in: input, id }) => ({
      i,
      session,
      turn,
      asked_in,
      asked_out,
      input,
      id,
    }));

test('a prefix cache shows turn by turn, as the mock knows it; without one all input is new', async () => {
  const settings = { ...TALK, INPUT_TOKENS: 60, OUTPUT_TOKENS: 40 };
  const work = { tokens: 40, ttftMs: 5, promptTokenMs: 0.1 };
  const [cached, plain] = await Promise.all([mockFor({ ...work, prefixCache: 100_000 }), mockFor(work)]);
  const talk = (mock: Mock) => runScenario('conversations', { BASE_URL: mock.url, ...settings });
  const [run, other] = await Promise.all([talk(cached), talk(plain)]);
  expect([run.code, other.code], run.output).toEqual([0, 0]);

  // After the two requests that learn how tokens are counted.
  const truth = new Map(
    cached
      .truth()
      .slice(2)
      .map((entry) => [entry.id, entry]),
  );
  expect(truth.size).toBe(24);
  for (const line of run.lines) {
    const entry = truth.get(String(line.id));
    expect(line).toMatchObject({ outcome: 'ok', in: entry?.promptTokens, cached: entry?.cachedTokens });
    // Prefill: 5 ms, and 0.1 ms for each token that was not cached.
    const prefill = 5 + 0.1 * ((entry?.promptTokens ?? 0) - (entry?.cachedTokens ?? 0));
    expect(line.ttft).toBeGreaterThanOrEqual(prefill - 0.5);
  }
  expect(mostAtOnce([...truth.values()])).toBeLessThanOrEqual(3);

  const [step] = run.results?.steps ?? [];
  const turns = step?.perTurn ?? [];
  expect(turns.map((t) => [t.turn, t.requests])).toEqual([1, 2, 3, 4].map((turn) => [turn, 6]));
  expect(turns[0]?.cachedShare).toBe(0);
  for (const { cachedShare } of turns.slice(1)) expect(cachedShare).toBeGreaterThan(0.4);
  const later = run.lines.filter((l) => Number(l.turn) === 4);
  const shares = later.map((l) => Number(l.cached) / Number(l.in));
  expect(turns[3]?.cachedShare).toBeCloseTo(shares.reduce((a, b) => a + b, 0) / shares.length, 1);
  expect(run.stdout).toContain('6 conversations, at most 3 at a time');
  expect(run.results?.audit.find((c) => c.check === 'prompt_cache')?.ok).toBe(true);

  // The same questions, all of them computed anew.
  expect(asked([other])).toEqual(asked([run]));
  expect(plain.truth().every((entry) => entry.cachedTokens === 0)).toBe(true);
  expect(other.results?.steps[0]?.perTurn?.map((t) => t.cachedShare)).toEqual([0, 0, 0, 0]);
});

interface Asked {
  session: string | undefined;
  messages: { role: string; content: string }[];
}

/** A server that says something else each time, and remembers what it was asked. */
async function recordingServer(): Promise<{ url: string; asked: Asked[] }> {
  const requests: Asked[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const { messages, stream } = JSON.parse(text);
    requests.push({ session: request.headers['x-session-id']?.toString(), messages });
    const words = [`Answer "${requests.length}"`, ' naïve\n', ' \u2028 done'];
    const usage = { prompt_tokens: 9, completion_tokens: 3 };
    if (!stream) {
      const message = { role: 'assistant', content: words.join('') };
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ model: 'm', choices: [{ message, finish_reason: 'stop' }], usage }));
      return;
    }
    response.setHeader('Content-Type', 'text/event-stream');
    for (const content of words)
      response.write(`data: ${JSON.stringify({ model: 'm', choices: [{ delta: { content } }] })}\n\n`);
    response.write(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }], usage })}\n\n`);
    response.end('data: [DONE]\n\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: requests };
}

test.each([
  { way: 'bin/k6', settings: {} },
  { way: 'another k6', settings: { LLMLOAD_NATIVE: '' } },
  { way: 'bin/k6, unstreamed', settings: { STREAM: false } },
])('$way resends exactly what was said, under one session id', async ({ settings }) => {
  const server = await recordingServer();
  const run = await runScenario('conversations', { BASE_URL: server.url, ...TALK, ...settings });
  expect(run.code, run.output).toBe(0);
  expect(server.asked).toHaveLength(24);
  const sessions = grouped(server.asked, (request) => request.session);
  expect(sessions.size).toBe(6);
  for (const [session, requests] of sessions) {
    expect(session).toMatch(/^[0-9a-f]{8}-/);
    requests.forEach(({ messages }, k) => {
      expect(messages.map((m) => m.role)).toEqual([...Array(k).fill(['user', 'assistant']).flat(), 'user']);
      // All but its own question is what the request before had, and the answer to it.
      const before = requests[k - 1]?.messages ?? [];
      expect(messages.slice(0, before.length)).toEqual(before);
      const number = server.asked.findIndex((a) => a.messages === before) + 1;
      if (k > 0) expect(messages.at(-2)?.content).toBe(`Answer "${number}" naïve\n \u2028 done`);
      expect(messages.at(-1)?.content.startsWith('[')).toBe(k === 0);
    });
  }
});

test('the same SEED has the same conversations, on one k6 and on four execution segments', async () => {
  const mock = await mockFor({ tokenMs: 0, tokens: 3 });
  const settings = { ...TALK, BASE_URL: mock.url, CONCURRENCY: 4, CONVERSATIONS: 12, TURNS: 'uniform:2..6' };
  const more = { INPUT_TOKENS: 'uniform:20..90', OUTPUT_TOKENS: 'uniform:3..9' };
  const whole = asked([await runScenario('conversations', { ...settings, ...more })]);
  expect(new Set(whole.map((line) => line.session)).size).toBe(12);
  expect(new Set(whole.map((line) => line.asked_in)).size).toBeGreaterThan(5);
  const quarters = ['0:1/4', '1/4:1/2', '1/2:3/4', '3/4:1'].map((segment) =>
    runScenario('conversations', { ...settings, ...more }, [
      '--execution-segment',
      segment,
      '--execution-segment-sequence',
      '0,1/4,1/2,3/4,1',
    ]),
  );
  expect(asked(await Promise.all(quarters))).toEqual(whole);
});

test('DURATION: no question after it, and no answer is cut', async () => {
  const mock = await mockFor({ ttftMs: 300, tokenMs: 20, tokens: 10 });
  const run = await runScenario('conversations', {
    BASE_URL: mock.url,
    MODEL: 'mock',
    CONCURRENCY: 8,
    TURNS: 50,
    THINK_TIME: '100ms',
    DURATION: '2s',
    WARMUP: '1s',
    SLO: 'errors<1%',
  });
  expect(run.code, run.output).toBe(0);
  const [step] = run.results?.steps ?? [];
  const to = step?.window.to ?? Number.NaN;
  expect(run.warmup.length).toBeGreaterThan(0);
  expect(run.lines.length).toBeGreaterThan(4);
  expect(run.lines.filter((line) => line.outcome !== 'ok')).toEqual([]);
  // Answers take half a second: some were under way when the time was over, and were waited for.
  const ends = run.lines.map((line: RecordLine) => Number(line.t) + Number(line.end));
  expect(Math.max(...ends)).toBeGreaterThan(to);
  expect(run.records?.end).toMatchObject({ requests: run.lines.length + run.warmup.length, cut: 0 });
  const truth = mock.truth();
  expect(truth).toHaveLength(run.lines.length + run.warmup.length);
  expect(truth.filter((entry) => entry.clientGone || entry.end === null)).toEqual([]);
  expect(mostAtOnce(truth)).toBeLessThanOrEqual(8);
  // Each user went on with the conversation, rather than begin another.
  expect(new Set(run.lines.map((line) => line.session)).size).toBe(8);
});

test('a failed answer ends its conversation, and counts', async () => {
  const mock = await mockFor({ fault: 'status=500@0.3' });
  const run = await runScenario('conversations', { ...TALK, BASE_URL: mock.url, CONVERSATIONS: 20 });
  expect(run.code, run.output).toBe(0);
  const talks = [...grouped(run.lines, (line) => line.session).values()];
  expect(talks).toHaveLength(20);
  for (const lines of talks) {
    const outcomes = lines.sort((a, b) => Number(a.turn) - Number(b.turn)).map((line) => line.outcome);
    expect(outcomes.slice(0, -1).every((outcome) => outcome === 'ok')).toBe(true);
    expect(outcomes.length === 4 || outcomes.at(-1) === 'http_error').toBe(true);
  }
  const failed = run.lines.filter((line) => line.outcome === 'http_error').length;
  expect(failed).toBeGreaterThan(0);
  expect(run.results?.steps[0]?.outcomes.http_error).toBe(failed);
  expect(run.stdout).toContain(`${failed} ended by a failed answer`);
});

test('an API without messages is refused before any load', async () => {
  const mock = await mockFor();
  const run = await runScenario('conversations', { BASE_URL: mock.url, ...TALK, API: 'openai-completions' });
  expect(run.code).toBe(107);
  expect(run.output).toMatch(/API=.*has no conversations; allowed: openai-chat, ollama-chat/);
  expect(mock.truth()).toHaveLength(0);
});
