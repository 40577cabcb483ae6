import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openaiChat } from '../../lib/api/openai-chat.ts';
import { readBody } from '../../lib/client/frames.ts';
import { Meter, pathsOf } from '../../lib/client/stream/meter.ts';

const PATHS = pathsOf(openaiChat);
const frame = (delta: object, more: object = {}) =>
  JSON.stringify({ id: 'c', model: 'm', ...more, choices: [{ index: 0, delta, finish_reason: null }] });

function metered(payloads: readonly string[], keepText: true | number = true) {
  const meter = new Meter(PATHS, keepText);
  for (let i = 0; i < payloads.length; i++) meter.frame(payloads[i] as string, (i + 1) * 10);
  return meter;
}

describe('what it counts', () => {
  it('is what a reader of the whole body counts, however like each other frames are', () => {
    const text = fc.constantFrom('a', 'm', 'content', ' "b" ', 'c\\', '\n', '', 'ä€', '{"x":1}', 'llmload:probe');
    const one = fc.oneof(
      text.map((content) => frame({ content })),
      text.map((content) => frame({ role: 'assistant', content })),
      text.map((content) => frame({ content, name: content })),
      text.map((content) => frame({ content }, { model: content, system: content })),
      text.map((content) => frame({ reasoning_content: content })),
      fc.constant(frame({ tool_calls: [{ id: '1' }] })),
      fc.constant(JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] })),
      fc.constant(JSON.stringify({ model: 'm', choices: [], usage: { prompt_tokens: 2, completion_tokens: 3 } })),
      fc.constant('no JSON'),
      fc.constant(frame({ content: 'a' }).slice(0, -1)),
      // Between the same texts there may be more than one string, or none that is JSON.
      fc
        .constantFrom('"a","role":"b"', '"\\u00e9"', '"\\q"', '"\t"')
        .map((as) => frame({ content: 'a' }).replace('"a"', as)),
    );
    fc.assert(
      fc.property(fc.array(one, { maxLength: 30 }), fc.constantFrom(true as const, 3), (payloads, keep) => {
        const whole = payloads.map((payload) => `data: ${payload}\n\n`).join('');
        expect(metered(payloads, keep).body).toEqual(readBody(openaiChat, whole, keep));
      }),
      { numRuns: 500 },
    );
  });

  it('is so where a frame like one before comes after another kind', () => {
    const payloads = [frame({ content: 'a' }), frame({}, { model: 'n' }), frame({ content: 'b' })];
    expect(metered(payloads).body.values).toMatchObject({ model: 'm' });
  });

  it('ends with the terminal frame', () => {
    const { body, times } = metered([frame({ content: 'a' }), '[DONE]', frame({ content: 'b' })]);
    expect(body).toMatchObject({ events: 2, frames: 1, terminal: true, text: 'a' });
    expect(times.last).toBe(10);
  });
});

it('times the first frame, the first that is no reasoning, the last, and the gaps', () => {
  const { times } = metered([
    frame({ role: 'assistant', content: '' }),
    frame({ reasoning_content: 'Hm' }),
    frame({ content: 'a' }),
    frame({}),
    frame({ content: 'b' }),
    frame({ content: 'c' }),
    frame({}, { usage: null }),
  ]);
  expect(times).toEqual({ first: 20, firstOutput: 30, last: 60, gaps: [10, 20, 10] });
});
