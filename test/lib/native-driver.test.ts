import type { ClientOptions } from 'k6/x/llmload';
import { beforeEach, describe, expect, it } from 'vitest';
import { openaiChat } from '../../lib/api/openai-chat.ts';
import { seen as fromNative, nativeDriver } from '../../lib/client/native.ts';
import { binary, exchangeOf, llmload } from '../fakes/k6-llmload.ts';
import { settingsOf } from './make.ts';

beforeEach(() => {
  Object.assign(binary, { asked: [], clients: [], answer: () => ({ status: 200, values: { model: 'm' } }) });
});

describe('the client in Go', () => {
  const made = (env: Record<string, string>): ClientOptions => {
    nativeDriver(llmload)(openaiChat, settingsOf(env), { 'X-A': '1' });
    const [options] = binary.clients;
    if (!options || binary.clients.length > 1) throw new Error('made once');
    return options;
  };

  it('knows the paths of the API, the limits in ms and bytes, and the headers of every request', () =>
    expect(made({ TIMEOUT: '9s', FIRST_TOKEN_TIMEOUT: '5s', IDLE_TIMEOUT: '2s', MAX_FRAME: '64kB' })).toEqual({
      framing: 'sse',
      content: openaiChat.content,
      reasoning: openaiChat.reasoning,
      toolCall: openaiChat.toolCall,
      values: openaiChat.values,
      terminal: '[DONE]',
      timeout: 9000,
      firstTokenTimeout: 5000,
      idleTimeout: 2000,
      maxFrame: 64_000,
      keepHeaders: {},
      headers: { 'X-A': '1' },
    }));

  it.each([
    [{ BACKEND_HEADER: 'X-B' }, { backend: 'X-B' }],
    [{ ATTEMPTS_HEADER: 'X-Router-Attempts' }, { attempts: 'X-Router-Attempts' }],
    [
      { BACKEND_HEADER: 'X-B', ATTEMPTS_HEADER: 'x-litellm-attempted-retries' },
      { backend: 'X-B', retries: 'x-litellm-attempted-retries' },
    ],
  ])('keeps the headers of %j', (env, keepHeaders) => expect(made(env)).toMatchObject({ keepHeaders }));

  it('has only the total limit where no stream is asked for: the first token comes with the last', () =>
    expect(made({ TIMEOUT: '90s', STREAM: 'false' })).toMatchObject({
      framing: 'body',
      timeout: 90_000,
      firstTokenTimeout: 90_000,
      idleTimeout: 90_000,
    }));
});

it('sends a request as it is, and reads the answer', () => {
  const send = nativeDriver(llmload)(openaiChat, settingsOf(), {});
  const request = {
    url: 'http://h/v1',
    headers: { 'X-Request-Id': 'r' },
    body: '{}',
    tags: { step: '1' },
    cancelAfter: 5,
  };
  expect(send(request)).toMatchObject({ status: 200, values: { model: 'm' } });
  expect(binary.asked).toMatchObject([request]);
});

describe('what the native driver returns', () => {
  it('has its Retry-After named', () => {
    expect(fromNative(exchangeOf({ headers: { 'retry-after': '3' } })).retryAfterHeader).toBe('3');
    expect(fromNative(exchangeOf({}))).not.toHaveProperty('retryAfterHeader');
  });
});
