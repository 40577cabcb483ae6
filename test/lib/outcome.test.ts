import { describe, expect, it } from 'vitest';
import type { Api } from '../../lib/api/api.ts';
import { openaiChat } from '../../lib/api/openai-chat.ts';
import { openaiCompletions } from '../../lib/api/openai-completions.ts';
import { complete, retryAfterSeconds, type Seen } from '../../lib/client/outcome.ts';
import { type Completion, FAILURES } from '../../lib/completion.ts';

const asked = { model: 'm', requestId: 'id' };
const OWN = '0123456789ab';
const OTHER = 'ba9876543210';
const echo = { nonce: OWN, isAnothers: (nonce: string) => nonce === OTHER };
const SWAPPED = `asked with nonce ${OWN}, the answer begins with ${OTHER}`;

/** A stream of three frames that ended as it should. */
const good: Seen = {
  ended: 'eof',
  status: 200,
  startedAt: 1000,
  connectMs: 0,
  cold: false,
  resent: 0,
  headersMs: 5,
  endMs: 140,
  framing: 'sse',
  events: 5,
  frames: 3,
  ttft: 100,
  ttfo: 110,
  e2e: 130,
  gaps: Float64Array.of(10, 20),
  terminal: true,
  garbage: 0,
  values: { model: 'm-0613', finish: 'stop', input: 7, output: 4 },
};
/** An answer that came whole. */
const whole = (body: unknown, parts: Partial<Seen> = {}): Seen => {
  const { ttft: _, ttfo: __, e2e: ___, gaps: ____, ...rest } = good;
  return {
    ...rest,
    framing: 'body',
    events: 0,
    frames: 0,
    terminal: false,
    values: {},
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...parts,
  };
};
const answer = {
  model: 'm-0613',
  choices: [{ message: { content: 'Hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 7, completion_tokens: 4 },
};
const judge = (parts: Partial<Seen>, more: object = {}, api: Api = openaiChat): Completion =>
  complete(api, { ...asked, ...more }, { ...good, ...parts });
const ending = (c: Completion) => [c.outcome, 'error' in c ? c.error : undefined];

describe('a good answer', () => {
  it('keeps what was measured, absent where it was not', () => {
    expect(judge({})).toMatchObject({
      outcome: 'ok',
      model: 'm',
      answered: 'm-0613',
      requestId: 'id',
      status: 200,
      startedAt: 1000,
      connectMs: 0,
      cold: false,
      resent: 0,
      headersMs: 5,
      endMs: 140,
      frames: 3,
      ttft: 100,
      ttfo: 110,
      e2e: 130,
      gaps: Float64Array.of(10, 20),
      usage: { input: 7, output: 4 },
      output: 4,
      tokenSource: 'server',
      finish: 'stop',
    });
    for (const absent of ['error', 'plannedAt', 'retryAfter', 'serverTimings', 'text'])
      expect(judge({})).not.toHaveProperty(absent);
  });

  it('that came whole has no TTFT, and its end as E2E', () => {
    const c = complete(openaiChat, asked, whole(answer));
    expect(c).toMatchObject({ outcome: 'ok', e2e: 140, frames: 0, answered: 'm-0613', tokenSource: 'server' });
    expect(c).toHaveProperty('gaps', new Float64Array(0));
    for (const absent of ['ttft', 'ttfo']) expect(c).not.toHaveProperty(absent);
  });

  it.each([
    ['content', { content: 'Hi' }],
    ['reasoning', { content: null, reasoning_content: 'Hm' }],
    ['another name for it', { content: '', reasoning: 'Hm' }],
    ['a tool call', { content: null, tool_calls: [{ id: '1' }] }],
  ])('that came whole holds %s', (_, message) =>
    expect(complete(openaiChat, asked, whole({ ...answer, choices: [{ message }] })).outcome).toBe('ok'),
  );

  it('of completions holds text', () => {
    const body = { model: 'm', choices: [{ text: ' Hi', finish_reason: 'length' }] };
    expect(complete(openaiCompletions, asked, whole(body))).toMatchObject({ outcome: 'ok', finish: 'length' });
  });

  it('ends with a finish reason or with the terminal frame', () => {
    expect(judge({ terminal: false }).outcome).toBe('ok');
    expect(judge({ values: {} }).outcome).toBe('ok');
  });

  it('stays good when the connection then hangs or breaks', () => {
    expect(judge({ ended: 'timeout_idle', error: 'silent' }).outcome).toBe('ok');
    expect(judge({ ended: 'connection', error: 'reset', terminal: false }).outcome).toBe('ok');
  });

  it('keeps the planned start and the text', () =>
    expect(judge({ text: 'Hi!' }, { plannedAt: 990 })).toMatchObject({ plannedAt: 990, text: 'Hi!' }));
});

describe('who counted the tokens', () => {
  it.each([
    ['the server', { output: 4 }, 3, 'server', 4],
    ['frames, without usage', {}, 3, 'frames', 3],
    ['frames, where the server says 0', { output: 0 }, 3, 'frames', 3],
    ['frames, where it counts input only', { input: 7 }, 3, 'frames', 3],
  ])('%s', (_, usage, frames, tokenSource, output) =>
    expect(judge({ values: { finish: 'stop', ...usage }, frames })).toMatchObject({ tokenSource, output }),
  );

  it('nobody', () => {
    const { usage: _, ...silent } = answer;
    expect(complete(openaiChat, asked, whole(silent)).tokenSource).toBe('none');
  });
});

describe('each failure', () => {
  const none = { frames: 0, events: 1, values: {}, terminal: false };
  const table: [outcome: string, parts: Partial<Seen>, error: string, more?: object][] = [
    ['connection', { ...none, ended: 'connect', status: 0, error: 'connection refused' }, 'connection refused'],
    ['connection', { ...none, ended: 'connection', error: 'connection reset' }, 'connection reset'],
    ['connection', { ...none, ended: 'connection' }, 'connection'],
    ['timeout_first', { ...none, ended: 'timeout_first', error: 'no token' }, 'no token'],
    ['timeout_idle', { ended: 'timeout_idle', error: 'silent', terminal: false, values: {} }, 'silent'],
    ['timeout_total', { ...none, ended: 'timeout_total', error: 'too long' }, 'too long'],
    ['stream_error', { ...none, ended: 'frame_too_large', error: 'frame over 16 MB' }, 'frame over 16 MB'],
    ['stream_error', { ...none, ended: 'encoding', error: 'gzip' }, 'gzip'],
    ['cancelled', { ...none, ended: 'cancelled', error: 'left' }, 'left'],
    ['rate_limited', whole({ error: { message: 'slow down' } }, { status: 429 }), 'HTTP 429: slow down'],
    ['http_error', whole({ error: { message: 'no such model' } }, { status: 404 }), 'HTTP 404: no such model'],
    ['http_error', whole('', { status: 503 }), 'HTTP 503: no text'],
    ['http_error', whole('<h1>Bad\n gateway</h1>', { status: 502 }), 'HTTP 502: <h1>Bad gateway</h1>'],
    ['http_error', whole('', { status: 302 }), 'HTTP 302: no text'],
    ['stream_error', { values: { ...good.values, error: { message: 'upstream died' } } }, 'upstream died'],
    ['stream_error', { values: { ...good.values, error: 'out of memory' } }, 'out of memory'],
    ['stream_error', { values: { message: 'too long' } }, 'too long'],
    ['stream_error', whole({ error: { message: 'inside 200' } }), 'inside 200'],
    ['stream_error', whole('<html>'), 'the answer is not JSON: <html>'],
    ['stream_error', { garbage: 2 }, '2 of 5 frames are not JSON'],
    [
      'truncated',
      { terminal: false, values: { model: 'm' } },
      'the stream ended after 3 frames with neither a finish reason nor [DONE]',
    ],
    ['empty', { frames: 0 }, 'the stream has no content'],
    ['empty', whole({ ...answer, choices: [{ message: { content: '' } }] }), 'the answer has no content'],
    ['empty', whole('null'), 'the answer has no content'],
    ['wrong_model', {}, 'asked m, answered by m-0613 instead of m-1106', { expectModel: 'm-1106' }],
    ['swapped', { text: `[${OTHER}] Hi` }, SWAPPED, { echo }],
    ['swapped', { text: `[${OTHER}] Hi` }, SWAPPED, { echo, expectModel: 'm-1106' }],
    ['swapped', whole({ ...answer, choices: [{ message: { content: `[${OTHER}]` } }] }), SWAPPED, { echo }],
    ['wrong_model', { values: { finish: 'stop' } }, 'asked m, answered by no name instead of m', { expectModel: 'm' }],
  ];
  it.each(table)('%s: %j', (outcome, parts, error, more) => {
    expect(ending(judge(parts, more))).toEqual([outcome, error]);
  });

  it('is in the table above, but for what a scenario itself throws', () =>
    expect(new Set([...table.map(([outcome]) => outcome), 'exception'])).toEqual(new Set(FAILURES)));

  it('keeps what was seen until then, and has no E2E', () => {
    const c = judge({ ended: 'timeout_idle', error: 'silent', terminal: false, values: {} });
    expect(c).toMatchObject({ ttft: 100, gaps: Float64Array.of(10, 20), frames: 3, tokenSource: 'frames' });
    expect(c).not.toHaveProperty('e2e');
    expect(c).not.toHaveProperty('ttfo');
  });

  it('has no status where no answer came', () =>
    expect(judge({ ...none, ended: 'connect', status: 0 })).not.toHaveProperty('status'));

  it('says its error in one line', () => {
    const c = judge({ values: { error: `a\n\tb ${'x'.repeat(500)}` } });
    expect(ending(c)[1]).toMatch(/^a b x{295}…$/);
  });

  it('wrong_model is only told of a good answer where a name is expected', () => {
    expect(judge({}, { expectModel: 'm-0613' }).outcome).toBe('ok');
    expect(judge({}).outcome).toBe('ok');
    expect(judge({ frames: 0 }, { expectModel: 'other' }).outcome).toBe('empty');
  });
});

describe('who answered', () => {
  it.each([
    ['an own echo with a name', { text: `[${OWN} b1] Hi` }, { outcome: 'ok', echo: 'own', backend: 'b1' }],
    ['an own echo without one', { text: `[${OWN}] Hi` }, { outcome: 'ok', echo: 'own' }],
    ['no echo', { text: 'Hi' }, { outcome: 'ok', echo: 'none' }],
    ['no text', {}, { outcome: 'ok', echo: 'none' }],
    ["another's echo", { text: `[${OTHER} b2] Hi` }, { outcome: 'swapped', echo: 'other', backend: 'b2' }],
    ['a header', { text: 'Hi', kept: { backend: 'h' } }, { outcome: 'ok', echo: 'none', backend: 'h' }],
    ['a header and a name', { text: `[${OWN} b1]`, kept: { backend: 'h' } }, { echo: 'own', backend: 'b1' }],
    [
      'an answer that was cut',
      { text: `[${OTHER} b2] Hi`, ended: 'timeout_idle' as const, terminal: false, values: {} },
      { outcome: 'timeout_idle', echo: 'other', backend: 'b2' },
    ],
  ])('is known by %s', (_, parts, found) => {
    const c = judge(parts, { echo });
    expect({ outcome: c.outcome, echo: c.echo, backend: c.backend }).toEqual({
      outcome: c.outcome,
      backend: undefined,
      ...found,
    });
  });

  it.each([
    [{ attempts: '1' }, 1],
    [{ attempts: '3' }, 3],
    [{ retries: '0' }, 1],
    [{ retries: '2' }, 3],
    [{ attempts: '0' }, undefined],
    [{ attempts: '1, 2' }, undefined],
    [{ attempts: '-1' }, undefined],
    [{ attempts: '1.5' }, undefined],
    [{ retries: '' }, undefined],
    [{ backend: 'b' }, undefined],
  ])('after how many attempts: %j', (kept, attempts) => expect(judge({ kept }).attempts).toBe(attempts));

  it('is not known of a failure without an answer, nor where no echo was asked for', () => {
    const failed = judge({ frames: 0, ended: 'timeout_first', values: {}, terminal: false }, { echo });
    expect(failed).not.toHaveProperty('echo');
    expect(judge({ text: `[${OTHER}]` })).not.toHaveProperty('echo');
  });

  it('leaves no text behind that nobody asked for', () => {
    expect(judge({ text: `[${OWN}] Hi` }, { echo })).not.toHaveProperty('text');
    expect(judge({ text: `[${OWN}] Hi` }, { echo, keepText: true })).toHaveProperty('text', `[${OWN}] Hi`);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    ['7', 7],
    [' 7 ', 7],
    ['0', 0],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%j is %s s', (header, seconds) => expect(retryAfterSeconds(header, now)).toBe(seconds));

  it('is kept of a 429 only, a date counted from its end', () => {
    const header = { retryAfterHeader: 'Thu, 01 Jan 2026 00:01:00 GMT', startedAt: now - 140 };
    expect(judge(whole('', { status: 429, ...header }))).toHaveProperty('retryAfter', 60);
    expect(judge(whole('', { status: 503, ...header }))).not.toHaveProperty('retryAfter');
  });
});
