import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Completion, FAILURES } from '../../lib/completion.ts';
import { type Context, type Frame, type ProbeResult, shorten, verdict } from '../../lib/probe-result.ts';
import { probeText } from '../../lib/report/probe.ts';

const base = {
  model: 'm',
  requestId: 'id',
  startedAt: 0,
  connectMs: 1,
  cold: true,
  resent: 0,
  endMs: 100,
  frames: 10,
  tokenSource: 'server',
} as const;
const ok: Completion = {
  ...base,
  outcome: 'ok',
  ttft: 20,
  e2e: 90,
  gaps: new Float64Array(9),
  usage: { input: 1, output: 12 },
};
const context: Context = {
  url: 'http://h',
  driver: 'native',
  stream: true,
  hasKey: false,
  path: '/v1/chat/completions',
  modelsPath: '/v1/models',
  limits: { timeout: 120_000, firstTokenTimeout: 60_000, idleTimeout: 30_000 },
};

const failed = (outcome: Exclude<Completion['outcome'], 'ok'>, more: Partial<Completion> = {}): Completion =>
  ({ ...base, frames: 0, outcome, error: 'why', ...more }) as Completion;

describe('verdict', () => {
  test('a good answer', () => {
    expect(verdict(ok, context)).toEqual({
      ok: true,
      line: 'm at http://h answered in 90 ms, first token after 20 ms, 12 tokens, streamed',
      notes: [],
    });
  });

  test('every failure is one line', () => {
    for (const outcome of FAILURES) {
      const { ok: good, line } = verdict(failed(outcome), context);
      expect(good).toBe(false);
      expect(line).toMatch(/^[^\n]{10,}$/);
    }
  });

  test.each([
    [401, {}, 'http://h wants a key: set API_KEY (why)'],
    [403, { hasKey: true }, 'http://h does not accept this API_KEY (why)'],
    [404, { listed: ['a', 'b'] }, 'no model m at http://h (why); there are: a, b'],
    [400, { listed: ['a'] }, 'no model m at http://h (why); there are: a'],
    [
      404,
      { listed: ['m'] },
      'no /v1/chat/completions at http://h (why); /v1/models is there and lists m: set PATH_CHAT or API',
    ],
    [404, {}, 'no /v1/chat/completions at http://h (why), and no /v1/models either: check BASE_URL, PATH_CHAT and API'],
    [
      404,
      { listed: ['m:latest'], path: '/api/chat', modelsPath: '/api/tags' },
      'no /api/chat at http://h (why); /api/tags is there and lists m:latest: set PATH_CHAT or API',
    ],
    [400, { listed: ['m'] }, 'http://h/v1/chat/completions says why'],
    [500, {}, 'http://h/v1/chat/completions says why'],
  ])('HTTP %i', (status, more, line) => {
    expect(verdict(failed('http_error', { status }), { ...context, ...more }).line).toBe(line);
  });

  test('an answer that came whole fails only where a stream was asked for and could have been seen', () => {
    const { ttft: _, ...whole } = ok as Extract<Completion, { outcome: 'ok' }>;
    const c: Completion = { ...whole, frames: 0 };
    expect(verdict(c, context).ok).toBe(false);
    expect(verdict(c, { ...context, stream: false }).line).toBe(
      'm at http://h answered in 90 ms, not streamed, 12 tokens',
    );
    expect(verdict({ ...c, frames: 10 }, { ...context, driver: 'http' }).ok).toBe(true);
  });
});

const frame = (at: number, kind: Frame['kind'] = 'content'): Frame => ({
  at,
  kind,
  data: JSON.stringify({ choices: [{ delta: { content: `w${at}` } }] }),
});
const result = (log: Frame[]): ProbeResult => ({
  ...verdict(ok, context),
  model: 'm',
  url: 'http://h',
  driver: 'native',
  stream: true,
  outcome: 'ok',
  ...shorten(log),
});

test('a long stream is shown by its first 20 and last 5 frames', () => {
  fc.assert(
    fc.property(fc.nat(200), (n) => {
      const { log, skipped } = shorten(Array.from({ length: n }, (_, i) => frame(i)));
      expect(log.length + skipped).toBe(n);
      expect(log.length).toBeLessThanOrEqual(25);
    }),
  );
});

test('gaps are between neighbours with content, and none is made up over what was left out', () => {
  const log = Array.from({ length: 30 }, (_, i) => frame(i * 10, i === 3 ? 'comment' : 'content'));
  const text = probeText(result(log));
  const row = (n: number) => text.split('\n').find((line) => line.trim().startsWith(`${n} `));
  expect(row(1)).toMatch(/^ +1 +0\.00 +content +"w0"$/);
  expect(row(2)).toMatch(/^ +2 +10\.0 +10\.0 content/);
  expect(row(5)).toMatch(/^ +5 +40\.0 +20\.0 content/);
  expect(text).toMatch(/^ +… 5 more frames$/m);
  expect(row(26)).toMatch(/^ +26 +250 +content/);
  expect(row(27)).toMatch(/^ +27 +260 +10\.0 content/);
});

test('never wider than it may be', () => {
  const wide = { ...frame(1), data: `{"x":"${'y'.repeat(500)}"}` };
  for (const line of probeText(result([wide]), 60)
    .split('\n')
    .filter((l) => l.includes('yyy')))
    expect(line.length).toBe(60);
});
