import { describe, expect, test } from 'vitest';
import { startMock } from '../../mock/index.ts';
import { readBackends, readBroken, readConfig, startRouter } from '../../mock/router/index.ts';

const config = (...backends: unknown[]): string => JSON.stringify({ backends });
const a = { url: 'http://127.0.0.1:9001', models: ['small'] };

describe('a configuration', () => {
  test('fills in name and weight', () => {
    expect(readConfig(config(a, { ...a, name: 'b', weight: 3, models: ['x', 'y', 'x'] }), 'f')).toMatchObject([
      { name: '127.0.0.1:9001', weight: 1, models: ['small'] },
      { name: 'b', weight: 3, models: ['x', 'y'] },
    ]);
  });

  test.each([
    ['{"backends":', /^f: no JSON/],
    ['[]', /^f: \[\] is not allowed; want \{"backends"/],
    [JSON.stringify({ backends: [a], policy: 'x' }), /^f: .* want \{"backends"/],
    [config(), /^f: backends: \[\] is not allowed/],
    ['{}', /^f: backends: missing/],
    [config(a, 3), /^f: backends\[1\]: 3 is not allowed; want an object with name, url, models, weight/],
    [config({ ...a, wieght: 2 }), /^f: backends\[0\]: "wieght" is not allowed; want only name, url, models, weight/],
    [config({ models: ['x'] }), /^f: backends\[0\]\.url: missing; want an address/],
    [config({ ...a, url: 'https://x' }), /^f: backends\[0\]\.url: "https:\/\/x" is not allowed/],
    [config({ ...a, url: 'http://x/api' }), /^f: backends\[0\]\.url/],
    [config({ ...a, name: 'a b' }), /^f: backends\[0\]\.name/],
    [config({ ...a, weight: 0 }), /^f: backends\[0\]\.weight: 0 is not allowed; want a number above 0/],
    [config({ ...a, models: [] }), /^f: backends\[0\]\.models/],
    [config(a, a), /^f: "127\.0\.0\.1:9001" is not allowed; want a name of its own/],
  ])('%s: %s', (text, message) => {
    expect(() => readConfig(text, 'f')).toThrow(message);
    expect(() => readConfig(text, 'f')).not.toThrow(/\n/);
  });

  test('addresses alone are enough', () => {
    expect(readBackends('http://a:1, b:2/v1')).toMatchObject([
      { name: 'a:1', url: new URL('http://a:1'), models: undefined },
      { name: 'b:2', url: new URL('http://b:2') },
    ]);
    expect(() => readBackends('a:1,')).toThrow(/^--backends: "" is not allowed/);
  });

  test('models that are not given are asked for', async () => {
    const mock = await startMock({ models: ['x', 'y'] });
    const router = await startRouter({ backends: readBackends(mock.url) });
    expect(router.backends[0]?.models).toEqual(['x', 'y']);
    await Promise.all([router.close(), mock.close()]);
    await expect(startRouter({ backends: readBackends(mock.url) })).rejects.toThrow(`${mock.url}/v1/models: `);
  });
});

describe('ways to be broken', () => {
  test('a share may be given', () => {
    expect(readBroken('sticky')).toEqual({ mode: 'sticky', share: 1 });
    expect(readBroken('wrong-model@0.01')).toEqual({ mode: 'wrong-model', share: 0.01 });
  });

  test.each(['', 'nope', 'sticky@', 'sticky@0', 'sticky@2', 'sticky@x', 'sticky@0.1@2'])('%j is none', (text) => {
    expect(() => readBroken(text)).toThrow(/^--broken: .* want wrong-model, /);
  });

  test.each([
    ['wrong-model', ['m'], ['m'], /two models/],
    ['wrong-backend', ['m', 'n'], ['n', 'm'], /does not serve every model/],
  ] as const)('%s that could never strike is an error', async (mode, one, two, message) => {
    const backends = readConfig(config({ ...a, models: one }, { ...a, name: 'b', models: two }), 'f');
    await expect(startRouter({ backends, broken: { mode, share: 1 } })).rejects.toThrow(message);
  });
});
