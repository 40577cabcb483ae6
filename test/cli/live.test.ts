import { describe, expect, test } from 'vitest';
import { clock, createLive, timeLeft } from '../../scripts/live/live.ts';
import { planOf } from '../../scripts/live/plan.ts';
import { createStatus, truncate } from '../../scripts/live/status.ts';

const live = (t: number, in_flight: number, frames: number) =>
  JSON.stringify({ kind: 'live', t, in_flight, started: 0, frames });
const record = (t: number, more: Record<string, unknown> = {}) =>
  JSON.stringify({
    t,
    end: 1000,
    ttft: 200,
    scenario: 'step_10',
    phase: 'steady',
    outcome: 'ok',
    warm: false,
    ...more,
  });

const PLAN = [{ name: 'step_10', start: 0, length: 60_000 }];

function textOf(...lines: string[]): string | undefined {
  const it = createLive(PLAN);
  for (const line of lines) it.see(line);
  return it.text();
}

describe('live line', () => {
  test('of conversations counts those that began, as their plan does', () => {
    const it = createLive([{ name: 'step_10', start: 0, requests: 8 }]);
    for (const [t, turn] of [
      [0, 1],
      [1000, 1],
      [5000, 2],
      [10_000, 3],
    ] as const)
      it.see(record(t, { turn }));
    it.see(live(11_000, 2, 0));
    // Two of eight in 11 s.
    expect(it.text()).toContain('step_10 · 0:33 left');
  });

  test('nothing is known at first; then that requests are under way', () => {
    expect(textOf()).toBeUndefined();
    expect(textOf('{"llmload":1,"kind":"run"}')).toBeUndefined();
    expect(textOf(live(1000, 3, 0))).toBe('starting · 3 in flight');
  });

  test('stage, time left, in flight, rates, TTFT and failures', () => {
    const requests = Array.from({ length: 20 }, (_, i) => record(i * 200, { ttft: 100 + i }));
    expect(textOf(live(0, 0, 0), ...requests, live(5000, 7, 500))).toBe(
      'step_10 · 0:55 left · 7 in flight · last 5 s: 4.00 req/s 100.0 tok/s · TTFT p50 110 p99 119 ms · 0 of 20 failed',
    );
  });

  test('figures are of the last ten seconds', () => {
    const old = Array.from({ length: 50 }, (_, i) => record(i * 10, { ttft: 9999 }));
    const now = Array.from({ length: 5 }, (_, i) => record(30_000 + i * 100, { ttft: 50 }));
    const text = textOf(live(0, 1, 0), ...old, live(22_000, 1, 1000), ...now, live(32_000, 1, 1500));
    expect(text).toContain('last 10 s: 0.50 req/s 50.0 tok/s · TTFT p50 50.0 p99 50.0 ms');
  });

  test('failures are counted, and need no TTFT', () => {
    const text = textOf(record(0, { outcome: 'http_error', ttft: null }), record(1), live(2000, 0, 0));
    expect(text).toContain('1 of 2 failed');
    expect(textOf(record(0, { outcome: 'connection', ttft: null }), live(2000, 0, 0))).not.toContain('TTFT');
  });

  test('stages have names: warm-up, phases of a ramp', () => {
    expect(textOf(record(0, { warm: true, phase: 'warmup' }))).toMatch(/^warm-up · /);
    expect(textOf(record(0, { phase: 'ramp_up' }))).toMatch(/^step_10 ramp_up · /);
  });

  test('what is no JSON is skipped', () => {
    expect(textOf('nonsense', record(0), '{"kind":"end","requests":1}')).toContain('0 of 1 failed');
  });
});

describe('time left', () => {
  const done = (n: number) => new Map([['s', n]]);
  test('by the planned end', () => {
    expect(timeLeft([{ name: 's', start: 1000, length: 9000 }], done(0), 4000)).toBe('0:06 left');
    expect(timeLeft([{ name: 's', start: 0, length: 9000 }], done(0), 9500)).toBe('finishing');
  });
  test('by the pace so far, where a count ends it', () => {
    expect(timeLeft([{ name: 's', start: 0, requests: 100 }], done(25), 10_000)).toBe('0:30 left');
    expect(timeLeft([{ name: 's', start: 0, requests: 100 }], done(0), 10_000)).toBe('');
  });
  test('by whichever comes first', () => {
    expect(timeLeft([{ name: 's', start: 0, length: 20_000, requests: 100 }], done(10), 10_000)).toBe('0:10 left');
  });
  test('steps one after the other', () => {
    const plan = [
      { name: 's', start: 0, length: 5000 },
      { name: 'z', start: 5000, length: 5000 },
    ];
    expect(timeLeft(plan, done(3), 2000)).toBe('0:08 left');
  });
  test('clock', () => {
    expect([0, 75, 3600, 7325].map(clock)).toEqual(['0:00', '1:15', '1:00:00', '2:02:05']);
  });
});

test('plan out of what k6 inspects', () => {
  expect(
    planOf({
      scenarios: {
        step_8: { startTime: '12s', duration: '10s' },
        warmup: { startTime: '0s', duration: '2s' },
        step_4: {
          startTime: null,
          stages: [
            { duration: '30s', target: 4 },
            { duration: '1m0s', target: 4 },
          ],
        },
        counted: { startTime: '1m', iterations: 900, maxDuration: '24h0m0s' },
        both: { startTime: '2m', iterations: 900, maxDuration: '30s' },
      },
    }),
  ).toEqual([
    { name: 'warmup', start: 0, length: 2000 },
    { name: 'step_4', start: 0, length: 90_000 },
    { name: 'step_8', start: 12_000, length: 10_000 },
    { name: 'counted', start: 60_000, requests: 900 },
    { name: 'both', start: 120_000, length: 30_000, requests: 900 },
  ]);
});

describe('status', () => {
  const out = (isTTY: boolean, columns = 20) => {
    const written: string[] = [];
    return { isTTY, columns, written, write: (text: string) => written.push(text) > 0 };
  };

  test('a terminal: one line, rewritten, never wider than it', () => {
    const terminal = out(true);
    const status = createStatus(terminal);
    status.show('x'.repeat(30));
    status.show('y');
    status.say('kept');
    status.clear();
    expect(terminal.written).toEqual([`\r\x1b[K${'x'.repeat(18)}…`, '\r\x1b[Ky', '\r\x1b[K', 'kept\n']);
  });

  test('no terminal: a line every ten seconds, no escapes', () => {
    const file = out(false);
    let now = 0;
    const status = createStatus(file, 10_000, () => now);
    for (; now <= 25_000; now += 500) status.show(`at ${now}`);
    status.say('kept');
    expect(file.written).toEqual(['at 10000\n', 'at 20000\n', 'kept\n']);
  });

  test('truncate', () => {
    expect([truncate('abc', 3), truncate('abcd', 3), truncate('abcd', 0)]).toEqual(['abc', 'ab…', '…']);
  });
});
