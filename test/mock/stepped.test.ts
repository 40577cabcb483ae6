/** The simulated engine in real time, on a clock of the test's own. What it does in a step is tested in batch-*.test.ts. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { BatchEngine } from '../../mock/batch/engine.ts';
import type { BatchSettings } from '../../mock/batch/settings.ts';
import { isTicket, type Job } from '../../mock/engine.ts';
import { createRandom } from '../../mock/random.ts';
import { createSteppedEngine } from '../../mock/stepped.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A step with n sequences takes 10 + n ms; prompts cost nothing. */
const SETTINGS: BatchSettings = {
  maxSequences: 4,
  tokenBudget: 256,
  kvTokens: 4096,
  blockTokens: 16,
  baseMs: 10,
  sequenceMs: 1,
  prefillTokenMs: 0,
  contextTokenMs: 0,
  prefixCache: true,
};

const job = (more: Partial<Job> = {}): Job => ({
  model: 'mock',
  promptTokens: 2,
  tokens: 3,
  finish: 'stop',
  since: performance.now(),
  promptText: () => 'say it',
  answerText: () => '',
  ttftMs: 0,
  tokenMs: 0,
  jitter: 0,
  random: createRandom(1),
  ...more,
});

const words = (n: number): string => Array.from({ length: n }, (_, k) => `w${k}`).join(' ');

function engineOf(settings: Partial<BatchSettings> = {}, queue = -1) {
  let starved = 0;
  const steps: number[] = [];
  const batch = new BatchEngine({ ...SETTINGS, ...settings });
  const engine = createSteppedEngine(batch, queue, {
    stepped: (at) => steps.push(at),
    starved: () => {
      starved += 1;
    },
  });
  const submit = (more: Partial<Job> = {}) => {
    const watched = {
      answer: 'full' as ReturnType<typeof engine.submit>,
      /** Of each token: when the schedule has it, and when it was told of. */
      due: [] as number[],
      told: [] as number[],
      startedAt: undefined as number | undefined,
      cached: undefined as number | undefined,
    };
    watched.answer = engine.submit(job(more), {
      started(at, cachedTokens) {
        watched.startedAt = at;
        watched.cached = cachedTokens;
      },
      first() {},
      produced(_, at) {
        watched.due.push(at);
        watched.told.push(performance.now());
      },
    });
    return watched;
  };
  return { batch, steps, submit, starved: () => starved };
}

describe('steps', () => {
  test('follow one another without a gap, and all sequences share them', async () => {
    const { submit } = engineOf();
    const first = submit();
    await vi.advanceTimersByTimeAsync(5);
    const second = submit();
    await vi.runAllTimersAsync();
    expect(first.due).toEqual([11, 23, 35]);
    expect(second.startedAt).toBe(11);
    expect(second.due).toEqual([23, 35, 46]);
  });

  test('are an absolute schedule: fractions of a ms are not lost step by step', async () => {
    const { submit } = engineOf({ baseMs: 2.3 });
    const { due, told } = submit({ tokens: 1001 });
    await vi.runAllTimersAsync();
    expect(due.at(-1)).toBeCloseTo(1001 * 3.3, 6);
    const late = told.map((at, k) => at - (due[k] as number));
    expect(Math.max(...late)).toBeLessThanOrEqual(1);
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-0.5 - 1e-6);
  });

  test('need one timer, whoever comes, and none when there is nothing to do', async () => {
    const { submit } = engineOf();
    expect(vi.getTimerCount()).toBe(0);
    for (let k = 0; k < 10; k += 1) {
      submit();
      await vi.advanceTimersByTimeAsync(7);
      expect(vi.getTimerCount()).toBe(1);
    }
    await vi.runAllTimersAsync();
    expect(vi.getTimerCount()).toBe(0);
    const { due } = submit();
    const again = performance.now();
    await vi.runAllTimersAsync();
    expect(due).toEqual([again + 11, again + 22, again + 33]);
  });

  test('that are over before anybody looked are done before a new job is taken', async () => {
    const { submit } = engineOf();
    const first = submit({ tokens: 2 });
    // The timer, meant for 11, has not come yet.
    vi.spyOn(performance, 'now').mockReturnValue(13);
    const second = submit({ tokens: 1, since: 13 });
    vi.restoreAllMocks();
    await vi.runAllTimersAsync();
    expect(first.due).toEqual([11, 22]);
    expect(second.startedAt).toBe(22);
    expect(second.due).toEqual([33]);
  });

  test('are made up for after a short hold-up, and begin anew after a long one', async () => {
    const { submit, starved } = engineOf();
    const { due } = submit({ tokens: 60 });
    const late = vi.spyOn(performance, 'now');
    late.mockReturnValue(120);
    await vi.advanceTimersToNextTimerAsync();
    expect(due).toEqual([11, 22, 33, 44, 55, 66, 77, 88, 99, 110]);
    expect(starved()).toBe(0);
    late.mockReturnValue(1000);
    await vi.advanceTimersToNextTimerAsync();
    expect(due.slice(10)).toEqual([1000]);
    expect(starved()).toBe(1);
  });
});

describe('a job', () => {
  test('that is released frees what it held and hears no more', async () => {
    const { submit, batch } = engineOf();
    const { answer, due } = submit();
    await vi.advanceTimersByTimeAsync(12);
    if (isTicket(answer)) answer.release();
    await vi.runAllTimersAsync();
    expect(due).toHaveLength(1);
    expect([batch.running, batch.waiting, batch.kvUsage]).toEqual([0, 0, 0]);
  });

  test('may wait behind a full batch, as many as may', async () => {
    const { submit } = engineOf({ maxSequences: 1 }, 1);
    const [first, second, third] = [submit({ tokens: 2 }), submit({ tokens: 1 }), submit()];
    expect(third.answer).toBe('full');
    await vi.runAllTimersAsync();
    expect(first.due).toEqual([11, 22]);
    expect([second.startedAt, second.due]).toEqual([22, [33]]);
    expect(isTicket(submit().answer)).toBe(true);
  });

  test('that never fits is refused with what there is', () => {
    expect(engineOf().submit({ promptTokens: 4000, tokens: 97 }).answer).toEqual({ mostTokens: 4096 });
  });

  test('finds what it has in common with those before it, answers included, in whole blocks', async () => {
    const { submit } = engineOf();
    const prompt = { promptText: () => words(40), promptTokens: 52, answerText: () => words(30), tokens: 30 };
    submit(prompt);
    await vi.runAllTimersAsync();
    const again = submit(prompt);
    const next = submit({ promptText: () => `${words(40)} ${words(30)} more`, promptTokens: 93 });
    const other = submit({ promptText: () => `x ${words(40)}`, promptTokens: 54 });
    await vi.runAllTimersAsync();
    expect([again.cached, next.cached, other.cached]).toEqual([48, 80, 0]);
  });

  test('of token ids finds a block of as many ids', async () => {
    const { submit } = engineOf();
    const ids = { promptText: () => words(40), promptTokens: 40 };
    submit(ids);
    await vi.runAllTimersAsync();
    const again = submit(ids);
    const half = submit({ promptText: () => `${words(16)} ${words(24)}`, promptTokens: 40 });
    await vi.runAllTimersAsync();
    expect([again.cached, half.cached]).toEqual([32, 16]);
  });
});
