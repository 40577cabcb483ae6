import '../fakes/k6-globals.ts';
import { describe, expect, it } from 'vitest';
import type { Api } from '../../lib/api/api.ts';
import { openaiChat } from '../../lib/api/openai-chat.ts';
import { createClient, driverOf, type HttpRequest, messagesJson } from '../../lib/client/client.ts';
import type { Seen } from '../../lib/client/outcome.ts';
import { settingsOf } from './make.ts';

const order = {
  model: 'm',
  prompt: '[ab] Say "hi"\n\u2028',
  requestId: 'r-1',
  traceparent: '00-1-2-01',
  tags: { step: '5' },
  outputTokens: 128,
};
const answer: Seen = {
  ended: 'eof',
  status: 200,
  startedAt: 0,
  connectMs: 0,
  cold: false,
  resent: 0,
  endMs: 9,
  framing: 'sse',
  events: 1,
  frames: 1,
  terminal: true,
  garbage: 0,
  values: { model: 'm-1' },
};

function sent(env: Record<string, string> = {}, more: object = {}, seen: Partial<Seen> = {}) {
  const requests: HttpRequest[] = [];
  const send = createClient(settingsOf(env), (_api, _settings, fixed) => (request) => {
    requests.push({ ...request, headers: { ...fixed, ...request.headers } });
    return { ...answer, ...seen };
  });
  const completion = send({ ...order, ...more });
  const [request] = requests;
  if (!request || requests.length > 1) throw new Error('sent once');
  return { request, completion, body: JSON.parse(request.body) };
}

describe('the request', () => {
  it('has the body of the API', () =>
    expect(sent().body).toEqual({
      model: 'm',
      messages: [{ role: 'user', content: order.prompt }],
      max_tokens: 128,
      temperature: 0.7,
      stream: true,
      stream_options: { include_usage: true },
    }));

  it('takes temperature and streaming from the settings, the length from the order', () => {
    const env = {
      TEMPERATURE: '0',
      IGNORE_EOS: 'true',
      STREAM: 'false',
      API: 'openai-completions',
    };
    expect(sent(env, { outputTokens: 7 }).body).toEqual({
      model: 'm',
      prompt: order.prompt,
      max_tokens: 7,
      min_tokens: 7,
      ignore_eos: true,
      temperature: 0,
      stream: false,
    });
  });

  it("is that of a protocol of one's own", () => {
    const ours: Api = {
      ...openaiChat,
      path: '/assist',
      body: (ask) => ({ ...openaiChat.body(ask), tenant: 'x' }),
    };
    const urls: string[] = [];
    const send = createClient(
      settingsOf(),
      () => (request) => {
        urls.push(request.url);
        expect(JSON.parse(request.body)).toMatchObject({ model: 'm', tenant: 'x', max_tokens: 128 });
        return answer;
      },
      { api: ours },
    );
    expect(send(order).model).toBe('m');
    expect(urls).toEqual(['http://127.0.0.1:8000/assist']);
  });

  it('keeps a token of the session out of what a server says of it', () => {
    const refused = { status: 401, framing: 'body', body: 'no such token: secret-of-session' } as const;
    const headers = () => ({ Authorization: 'Bearer secret-of-session' });
    const send = createClient(settingsOf(), () => () => ({ ...answer, ...refused }), { headers });
    expect(send(order)).toMatchObject({ outcome: 'http_error', error: 'HTTP 401: no such token: …' });
  });

  it('is made anew for each model, prompt and length', () => {
    const bodies: { model: string; prompt: string; max_tokens: number }[] = [];
    const send = createClient(settingsOf({ API: 'openai-completions' }), () => (request) => {
      bodies.push(JSON.parse(request.body));
      return answer;
    });
    const wanted = [
      { model: 'a', prompt: '1', outputTokens: 5 },
      { model: 'b', prompt: '2', outputTokens: 5 },
      { model: 'a', prompt: '$& "quoted" \\', outputTokens: 6 },
      { model: 'a', prompt: '1', outputTokens: 5 },
    ];
    for (const w of wanted) send({ ...order, ...w });
    expect(bodies.map((b) => ({ model: b.model, prompt: b.prompt, outputTokens: b.max_tokens }))).toEqual(wanted);
  });

  it.each(['openai-chat', 'ollama-chat'])('of %s has what was said before, as it was said', (API) => {
    const said = [
      { role: 'user', content: 'Say "hi" $& \u0000prompt\u0000' },
      { role: 'assistant', content: `"hi"\n\u2028 ${Number.MAX_SAFE_INTEGER}` },
    ] as const;
    const { body } = sent({ API }, { history: messagesJson(...said) });
    expect(body.messages).toEqual([...said, { role: 'user', content: order.prompt }]);
    expect({ ...body, messages: [] }).toEqual({ ...sent({ API }).body, messages: [] });
    expect(sent({ API }, { history: '' }).body).toEqual(sent({ API }).body);
  });

  it.each([
    [{}, 'http://127.0.0.1:8000/v1/chat/completions'],
    [{ API: 'openai-completions' }, 'http://127.0.0.1:8000/v1/completions'],
    [{ API: 'ollama' }, 'http://127.0.0.1:8000/api/chat'],
    [{ BASE_URL: 'host/v1', PATH_CHAT: 'api/chat' }, 'http://host/api/chat'],
    [{ BASE_URL: 'host/sub/', PATH_CHAT: '/x' }, 'http://host/sub/x'],
  ])('%j goes to %s', (env, url) => expect(sent(env).request.url).toBe(url));

  it('bears its id, its trace and its tags', () => {
    const { request } = sent();
    expect(request.headers).toEqual({
      'Content-Type': 'application/json',
      Accept: 'text/event-stream, application/json',
      'X-Request-Id': 'r-1',
      traceparent: '00-1-2-01',
    });
    expect(request.tags).toEqual({ step: '5' });
    expect(request).not.toHaveProperty('cancelAfter');
    expect(request).not.toHaveProperty('keepText');
  });

  it.each([
    [{ API: 'ollama' }, 'application/x-ndjson, application/json'],
    [{ API: 'ollama', STREAM: 'false' }, 'application/json'],
  ])('%j accepts %s', (env, accept) => expect(sent(env).request.headers.Accept).toBe(accept));

  it('bears headers of the user’s own, which win over ours but for the ids', () =>
    expect(
      sent({ API_KEY: 'k', HEADERS: 'Authorization: Basic x; X-Team: a:b; X-Request-Id: fixed' }).request.headers,
    ).toMatchObject({
      Authorization: 'Basic x',
      'X-Team': 'a:b',
      'X-Request-Id': 'r-1',
    }));

  it('bears headers of the order’s own, which win over the user’s', () => {
    const { request } = sent({ HEADERS: 'X-Session-Id: fixed; X-Team: a' }, { headers: { 'X-Session-Id': 's-1' } });
    expect(request.headers).toMatchObject({ 'X-Session-Id': 's-1', 'X-Team': 'a', 'X-Request-Id': 'r-1' });
  });

  it('hands on when to leave and whether to keep the text', () =>
    expect(sent({}, { cancelAfter: 50, keepText: true }).request).toMatchObject({ cancelAfter: 50, keepText: true }));
});

describe('a secret', () => {
  it('is in the one header it belongs to, and nowhere else', () => {
    const { request, completion } = sent({ API_KEY: 'hush' }, {}, { status: 401, framing: 'body', body: 'no' });
    expect(request.headers.Authorization).toBe('Bearer hush');
    const { Authorization: _, ...headers } = request.headers;
    expect(JSON.stringify({ ...request, headers, completion })).not.toContain('hush');
    expect(completion).toMatchObject({ outcome: 'http_error', error: 'HTTP 401: no' });
  });

  it('is not there without a key', () => expect(sent().request.headers).not.toHaveProperty('Authorization'));
});

describe('the completion', () => {
  it('is the verdict on what the driver saw', () => {
    expect(sent().completion).toMatchObject({ outcome: 'ok', model: 'm', answered: 'm-1', requestId: 'r-1' });
    expect(sent({}, { expectModel: 'm-2' }).completion).toMatchObject({ outcome: 'wrong_model' });
    expect(sent({}, { plannedAt: 5 }).completion).toMatchObject({ plannedAt: 5 });
  });

  it('has the text of an unstreamed answer on request', () => {
    const body = JSON.stringify({ choices: [{ message: { content: 'Hi', reasoning_content: 'So' } }] });
    const whole = { framing: 'body', frames: 0, body } as const;
    expect(sent({}, { keepText: true }, whole).completion).toMatchObject({ outcome: 'ok', text: 'Hi' });
    expect(sent({}, {}, whole).completion).not.toHaveProperty('text');
  });
});

describe('the driver', () => {
  it.each([
    ['auto', true, 'native'],
    ['auto', false, 'http'],
    ['http', true, 'http'],
    ['http', false, 'http'],
    ['native', true, 'native'],
  ])('%s, native there: %s, is %s', (setting, there, driver) => expect(driverOf(setting, there)).toBe(driver));

  it('native is refused where it is not', () =>
    expect(() => driverOf('native', false)).toThrow('DRIVER="native": this k6 has no native driver'));

  it('is the one that the bundle brings, whatever k6 has, unless another is asked for', () => {
    expect(driverOf('auto', true, 'tcp')).toBe('tcp');
    expect(driverOf('auto', false, 'sse')).toBe('sse');
    expect(driverOf('http', false, 'sse')).toBe('http');
    expect(driverOf('native', true, 'sse')).toBe('native');
  });

  it('is refused where the bundle does not bring it, and the message says which do', () =>
    expect(() => driverOf('sse', true)).toThrow(
      'DRIVER="sse": this bundle has no driver over k6/x/sse (those in dist/sse have it); allowed: auto, native, http',
    ));
});
