import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { isTicket, type Job, type Refusal, type Ticket } from '../../mock/engine.ts';
import { createPacedEngine } from '../../mock/pace.ts';
import { createRandom } from '../../mock/random.ts';
import { Tempo } from '../../mock/tempo.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const job = (more: Partial<Job> = {}): Job => ({
  model: 'mock',
  promptTokens: 1,
  tokens: 3,
  finish: 'stop',
  promptText: () => '',
  answerText: () => '',
  since: performance.now(),
  ttftMs: 100,
  tokenMs: 10,
  jitter: 0,
  random: createRandom(1),
  ...more,
});

interface Watched {
  ticket: Ticket | Refusal;
  /** When each token came, ms after the submit. */
  times: number[];
  queuedMs: number | undefined;
}

function submit(engine: ReturnType<typeof createPacedEngine>, more: Partial<Job> = {}): Watched {
  const submitted = performance.now();
  const watched: Watched = { ticket: 'full', times: [], queuedMs: undefined };
  const { tokens } = job(more);
  watched.ticket = engine.submit(job(more), {
    started: (at) => {
      watched.queuedMs = at - submitted;
    },
    first() {},
    produced: (count) => {
      while (watched.times.length < count) watched.times.push(performance.now() - submitted);
      if (count === tokens && isTicket(watched.ticket)) watched.ticket.release();
    },
  });
  return watched;
}

const gaps = (times: readonly number[]): number[] => times.slice(1).map((time, index) => time - (times[index] ?? 0));

describe('the schedule', () => {
  test('is start + ttft + i × token', async () => {
    const { times, queuedMs } = submit(createPacedEngine(0, -1));
    await vi.runAllTimersAsync();
    expect(times).toEqual([100, 110, 120]);
    expect(queuedMs).toBe(0);
  });

  test('does not drift: fractions of a ms are not lost token by token', async () => {
    const { times } = submit(createPacedEngine(0, -1), { tokens: 1001, tokenMs: 3.3 });
    await vi.runAllTimersAsync();
    const planned = times.map((_, index) => 100 + 3.3 * index);
    const late = times.map((time, index) => time - (planned[index] ?? 0));
    expect(Math.max(...late)).toBeLessThanOrEqual(1);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-0.5 - 1e-6);
  });

  test('catches up after the loop was busy: what is due comes at once', async () => {
    const { times } = submit(createPacedEngine(0, -1), { tokens: 4 });
    await vi.advanceTimersByTimeAsync(100);
    // The next timer, meant for 110, sees a clock that says 125.
    vi.spyOn(performance, 'now').mockReturnValueOnce(performance.now() + 25);
    await vi.advanceTimersToNextTimerAsync();
    expect(times).toHaveLength(3);
  });

  test('token-ms 0 gives all tokens at once', async () => {
    const { times } = submit(createPacedEngine(0, -1), { tokenMs: 0, tokens: 50 });
    await vi.runAllTimersAsync();
    expect(new Set(times)).toEqual(new Set([100]));
    expect(times).toHaveLength(50);
  });

  test('nothing comes after the release', async () => {
    const { ticket, times } = submit(createPacedEngine(0, -1));
    await vi.advanceTimersByTimeAsync(105);
    if (isTicket(ticket)) ticket.release();
    await vi.runAllTimersAsync();
    expect(times).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the tempo', () => {
  const slowed = () => {
    const tempo = new Tempo();
    return { tempo, engine: createPacedEngine(0, -1, tempo) };
  };

  test('is that of prompts up to the first token, that of tokens from there on', async () => {
    const { tempo, engine } = slowed();
    tempo.set({ prompts: 3, tokens: 2 });
    const { times } = submit(engine);
    await vi.runAllTimersAsync();
    expect(times).toEqual([300, 320, 340]);
  });

  test('changes what is left of the interval under way, there and back', async () => {
    const { tempo, engine } = slowed();
    const { times } = submit(engine);
    await vi.advanceTimersByTimeAsync(40);
    tempo.set({ prompts: 3, tokens: 3 });
    await vi.advanceTimersByTimeAsync(90);
    tempo.set({ prompts: 1, tokens: 3 });
    await vi.advanceTimersByTimeAsync(40);
    expect(times).toEqual([160]);
    await vi.advanceTimersByTimeAsync(5);
    tempo.set({ prompts: 1, tokens: 1 });
    await vi.runAllTimersAsync();
    expect(times).toEqual([160, 180, 190]);
  });

  test('is of no concern to those that are done or gone', async () => {
    const { tempo, engine } = slowed();
    submit(engine);
    const gone = submit(engine, { tokens: 9 });
    await vi.advanceTimersByTimeAsync(200);
    if (isTicket(gone.ticket)) gone.ticket.release();
    tempo.set({ prompts: 2, tokens: 2 });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('jitter', () => {
  const run = async (seed: number): Promise<number[]> => {
    const more = { tokens: 500, tokenMs: 100, ttftMs: 1000, jitter: 0.1, random: createRandom(seed) };
    const { times } = submit(createPacedEngine(0, -1), more);
    await vi.runAllTimersAsync();
    return times;
  };

  test('keeps each interval within its share, and uses all of it', async () => {
    const times = await run(1);
    expect(times[0]).toBeGreaterThanOrEqual(899);
    expect(times[0]).toBeLessThanOrEqual(1101);
    const all = gaps(times);
    expect(Math.min(...all)).toBeGreaterThanOrEqual(88);
    expect(Math.min(...all)).toBeLessThan(92);
    expect(Math.max(...all)).toBeLessThanOrEqual(112);
    expect(Math.max(...all)).toBeGreaterThan(108);
  });

  test('comes from the seed', async () => {
    const first = await run(1);
    expect(gaps(await run(1))).toEqual(gaps(first));
    expect(gaps(await run(2))).not.toEqual(gaps(first));
  });
});

describe('slots', () => {
  test('serve first come, first served, timing from the slot', async () => {
    const engine = createPacedEngine(1, -1);
    const [first, second, third] = [submit(engine), submit(engine), submit(engine)];
    await vi.runAllTimersAsync();
    expect(first.times).toEqual([100, 110, 120]);
    expect(second.times).toEqual([220, 230, 240]);
    expect(third.times).toEqual([340, 350, 360]);
    expect([first.queuedMs, second.queuedMs, third.queuedMs]).toEqual([0, 120, 240]);
  });

  test('run as many at a time as there are', async () => {
    const engine = createPacedEngine(2, -1);
    const watched = [submit(engine), submit(engine), submit(engine)];
    await vi.runAllTimersAsync();
    expect(watched.map(({ queuedMs }) => queuedMs)).toEqual([0, 0, 120]);
  });

  test('are full when as many wait as may, and free again later', async () => {
    const engine = createPacedEngine(1, 1);
    submit(engine);
    const waiting = submit(engine);
    expect(submit(engine).ticket).toBe('full');
    await vi.runAllTimersAsync();
    expect(waiting.times).toHaveLength(3);
    expect(submit(engine).ticket).not.toBe('full');
  });

  test('queue 0 lets nobody wait', () => {
    const engine = createPacedEngine(1, 0);
    submit(engine);
    expect(submit(engine).ticket).toBe('full');
  });

  test('one who leaves the queue is skipped, and leaving twice frees one slot only', async () => {
    const engine = createPacedEngine(1, -1);
    const [first, second, third] = [submit(engine), submit(engine), submit(engine)];
    for (const { ticket } of [second, second, first, first]) if (isTicket(ticket)) ticket.release();
    const fourth = submit(engine);
    expect(third.queuedMs).toBe(0);
    expect(fourth.queuedMs).toBeUndefined();
    await vi.runAllTimersAsync();
    expect(second.times).toEqual([]);
    expect([third.times.length, fourth.times.length]).toEqual([3, 3]);
  });
});
