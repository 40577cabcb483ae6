import '../fakes/k6-globals.ts';
import type { NativeRequest } from 'k6/x/llmload';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { files } from '../fakes/k6-globals.ts';
import { binary } from '../fakes/k6-llmload.ts';

const DATA = { model: 'm' };
/** Half a second for an answer that says which question it was for. */
const answer = (_request: NativeRequest) => {
  const startedAt = binary.time;
  binary.time += 500;
  return {
    startedAt,
    endMs: 500,
    frames: 2,
    events: 3,
    ttft: 50,
    e2e: 500,
    terminal: true,
    text: `answer ${binary.asked.length}`,
    values: { model: 'm' },
  };
};

/** A VU of a k6 with the native driver, in the scenario `conversations` with these settings. */
async function vu(env: Record<string, string> = {}, first = true) {
  vi.resetModules();
  Object.assign(globalThis, { __VU: first ? 0 : 1, __ENV: { LLMLOAD_NATIVE: '0.0.0-test' } });
  const { loadTest } = await import('../../lib/load-test.ts');
  const { conversations } = await import('../../lib/conversation.ts');
  const { conversationLoad } = await import('../../lib/load/conversations.ts');
  const { COMMON, parseSettings } = await import('../../lib/settings/settings.ts');
  const { default: exec } = await import('../fakes/k6-execution.ts');
  const { slept } = await import('../fakes/k6.ts');
  exec.vu.idInTest = 1;
  exec.test.options = {};
  const settings = parseSettings(
    { MODEL: 'm', SEED: '7', RUN_ID: 'fixed', WARMUP: '0', ...env },
    {
      ...COMMON,
      CONCURRENCY: '2',
      TURNS: '3',
      THINK_TIME: '2s',
      CONVERSATIONS: true,
      DURATION: true,
      SESSION_HEADER: 'X-Session-Id',
    },
  );
  const plan = conversationLoad(settings, 100);
  const test = loadTest({ name: 'conversations', settings, plan, iterations: (run) => conversations(run, settings) });
  /** Has conversation `i`. */
  const talk = (i: number) => {
    binary.place = { name: 'step_2', startTime: 0, iterationInTest: i };
    test.request(DATA);
  };
  return { test, talk, slept };
}
type Message = { role: string; content: string };
const messagesOf = (r: NativeRequest): Message[] => JSON.parse(r.body ?? '').messages;
const lines = () => binary.kept.map((k) => k.line);

beforeEach(() => {
  Object.assign(binary, { time: 0, answer, asked: [], clients: [], opened: [], kept: [], finished: [], notes: [] });
});

describe('a conversation', () => {
  it('sends each question with all questions and answers before it', async () => {
    const { talk } = await vu();
    talk(0);
    expect(binary.asked).toHaveLength(3);
    const last = messagesOf(binary.asked[2] as NativeRequest);
    expect(last.map((m) => m.role)).toEqual(['user', 'assistant', 'user', 'assistant', 'user']);
    expect(last.filter((m) => m.role === 'assistant').map((m) => m.content)).toEqual(['answer 1', 'answer 2']);
    expect(messagesOf(binary.asked[1] as NativeRequest)).toEqual(last.slice(0, 3));
    expect(messagesOf(binary.asked[0] as NativeRequest)).toEqual(last.slice(0, 1));
  });

  it('is made unique by the nonce of its first question, and by no other', async () => {
    const { talk } = await vu();
    talk(0);
    talk(1);
    const questions = binary.asked.map((r) => messagesOf(r).at(-1)?.content ?? '');
    expect(questions.map((q) => /^\[[0-9a-f]{12}\] /.test(q))).toEqual([true, false, false, true, false, false]);
    expect(questions[0]).not.toBe(questions[3]);
  });

  it('bears one id in the header and in its records, and each request one of its own', async () => {
    const { talk } = await vu({ SESSION_HEADER: 'X-Chat' });
    talk(0);
    talk(1);
    const sessions = lines().map((l) => l.session);
    expect(binary.asked.map((r) => r.headers?.['X-Chat'])).toEqual(sessions);
    expect(sessions[0]).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect([new Set(sessions.slice(0, 3)).size, new Set(sessions).size]).toEqual([1, 2]);
    expect(lines().map((l) => [l.i, l.turn])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [256, 1],
      [257, 2],
      [258, 3],
    ]);
    expect(new Set(binary.asked.map((r) => r.headers?.['X-Request-Id'])).size).toBe(6);
    expect(binary.kept.every((k) => !('turn' in k.tags) && !('session' in k.tags))).toBe(true);
  });

  it('pauses between answer and question, by the seed, THINK_TIME on average', async () => {
    const { talk, slept } = await vu({ TURNS: '256', CONVERSATIONS: '9' });
    for (const i of [0, 1, 2, 3]) talk(i);
    expect(slept).toHaveLength(4 * 255);
    const mean = slept.reduce((a, b) => a + b, 0) / slept.length;
    // Exponential: the standard deviation is the mean, so that 4 errors of the mean of 1020 are an eighth of it.
    expect(Math.abs(mean - 2)).toBeLessThan(0.25);
    expect(slept.filter((s) => s > 2).length / slept.length).toBeCloseTo(Math.exp(-1), 1);
    binary.time = 0;
    const { talk: again, slept: same } = await vu({ TURNS: '256', CONVERSATIONS: '9' });
    for (const i of [0, 1, 2, 3]) again(i);
    expect(same).toEqual(slept);
  });

  it('has as many questions as were drawn for it, whichever VU asks', async () => {
    const counts = async (order: number[]) => {
      binary.kept = [];
      const { talk } = await vu({ TURNS: 'uniform:2..9' });
      for (const i of order) talk(i);
      return order.map((i) => lines().filter((l) => Math.floor(Number(l.i) / 256) === i).length);
    };
    const drawn = await counts([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(drawn).size).toBeGreaterThan(2);
    for (const n of drawn) expect(n >= 2 && n <= 9).toBe(true);
    expect(await counts([7, 6, 5, 4, 3, 2, 1, 0])).toEqual([...drawn].reverse());
  });

  it('is played whole where it was recorded, in its order, with answers as long as then', async () => {
    const turns = ['one', 'two', 'three', 'four'].flatMap((value, k) => [
      { from: 'human', value },
      ...(k === 2 ? [] : [{ from: 'gpt', value: 'word '.repeat(3 * (k + 1)) }]),
    ]);
    files['/talks.json'] = JSON.stringify([{ conversations: turns }]);
    const asked = () =>
      binary.asked.map((r) =>
        messagesOf(r)
          .at(-1)
          ?.content.replace(/^\[.*\] /, ''),
      );
    const { talk } = await vu({ PROMPTS_FILE: '/talks.json' });
    talk(5);
    expect(asked()).toEqual(['one', 'two', 'three', 'four']);
    expect(binary.asked.map((r) => JSON.parse(r.body ?? '').max_tokens)).toEqual([4, 8, 128, 16]);
    binary.asked = [];
    const { talk: short } = await vu({ PROMPTS_FILE: '/talks.json', TURNS: '2' });
    short(5);
    expect(asked()).toEqual(['one', 'two']);
  });

  it('asks other lines of a file of prompts', async () => {
    files['/lines.txt'] = Array.from({ length: 500 }, (_, k) => `question ${k}`).join('\n');
    const { talk } = await vu({ PROMPTS_FILE: '/lines.txt' });
    talk(0);
    const contents = binary.asked.map((r) =>
      messagesOf(r)
        .at(-1)
        ?.content.replace(/^\[.*\] /, ''),
    );
    expect(contents.every((c) => /^question \d+$/.test(c ?? ''))).toBe(true);
    expect(new Set(contents).size).toBe(3);
  });

  it('ends with a failed answer', async () => {
    const { talk } = await vu();
    binary.answer = (r) => (binary.asked.length === 2 ? { ended: 'connection', status: 0, error: 'reset' } : answer(r));
    talk(0);
    expect(lines().map((l) => [l.turn, l.outcome])).toEqual([
      [1, 'ok'],
      [2, 'connection'],
    ]);
  });

  it('that throws is counted at its turn', async () => {
    const { talk } = await vu();
    binary.answer = (r) => {
      if (binary.asked.length === 2) throw new Error('bad URL');
      return answer(r);
    };
    expect(() => talk(0)).toThrow('bad URL');
    expect(lines()).toMatchObject([{ outcome: 'ok' }, { outcome: 'exception', turn: 2, i: 1 }]);
  });
});

describe('the end of the load', () => {
  it('ends pauses, and no question is asked after it', async () => {
    const { talk, slept } = await vu({ DURATION: '1s', THINK_TIME: '1h', TURNS: '9' });
    talk(0);
    expect(binary.asked).toHaveLength(1);
    expect(slept).toEqual([0.5]);
    binary.time = 1000;
    talk(1);
    expect(binary.asked).toHaveLength(1);
  });

  it('does not cut the answer under way', async () => {
    const { talk } = await vu({ DURATION: '1200ms', THINK_TIME: '0', TURNS: '9' });
    talk(0);
    expect(lines().map((l) => [l.t, l.outcome])).toEqual([
      [0, 'ok'],
      [500, 'ok'],
      [1000, 'ok'],
    ]);
  });
});

it('warms up with requests that belong to no conversation', async () => {
  const { talk } = await vu({ WARMUP: '900ms', TURNS: '1' });
  talk(0);
  expect(lines().map((l) => [l.t, l.warm, l.session === undefined, l.turn])).toEqual([
    [0, true, true, undefined],
    [500, true, true, undefined],
    [1000, false, false, 1],
  ]);
});

describe('settings that do not go together', () => {
  files['/turns.txt'] = '3\n300\n';
  it.each([
    [
      { API: 'openai-completions' },
      'API="openai-completions": has no conversations; allowed: openai-chat, ollama-chat',
    ],
    [{ TURNS: '257' }, 'TURNS="257": too many questions; allowed: conversations of at most 256'],
    [{ TURNS: 'uniform:2..300' }, 'TURNS="300": too many questions'],
    [{ TURNS: 'file:/turns.txt' }, 'TURNS="300": too many questions'],
    [{ SESSION_HEADER: 'a b' }, 'SESSION_HEADER="a b": no name of a header'],
  ])('%j', async (env, message) => await expect(vu(env)).rejects.toThrow(message));
});
