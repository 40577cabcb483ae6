import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Action, type Hooks, serveHooks } from '../../scripts/chaos/hooks.ts';
import type { Effect, Injector } from '../../scripts/chaos/injector.ts';

let folder: string;
let hooks: Hooks | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmload-hooks-'));
});
afterEach(async () => {
  await hooks?.settle().catch(() => {});
  rmSync(folder, { recursive: true, force: true });
});

const journal = (): Action[] =>
  readFileSync(join(folder, 'chaos.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Action);
const told = () => journal().map(({ did, error }) => (error ? `${did}: ${error}` : did));
const post = async (url: string | undefined) => {
  const response = await fetch(url as string, { method: 'POST' });
  return { status: response.status, text: await response.text() };
};

/** Notes what it does; each may be made to wait or to fail. */
function fake(work: { inject?: () => Promise<Effect>; restore?: () => Promise<Effect> } = {}) {
  const did: string[] = [];
  const step = (name: 'inject' | 'restore') => async () => {
    did.push(`${name} begins`);
    const effect = await (work[name]?.() ?? {});
    did.push(`${name} ends`);
    return effect;
  };
  const injector: Injector = {
    name: 'fake',
    byHand: '',
    check: async () => {},
    inject: step('inject'),
    restore: step('restore'),
  };
  return { did, injector };
}

describe('the hooks of a scenario', () => {
  test('POST inject, POST restore: what the injector says, and the journal', async () => {
    const { injector } = fake({ inject: async () => ({ at: 42 }), restore: async () => ({ name: 'own' }) });
    hooks = await serveHooks(injector, 'called', folder);
    expect(await post(hooks.injectUrl)).toEqual({ status: 200, text: '{"name":"called","at":42}' });
    expect(await post(hooks.restoreUrl)).toEqual({ status: 200, text: '{"name":"own"}' });
    expect(journal()).toMatchObject([
      { kind: 'fault', did: 'inject', name: 'called', at: 42 },
      { kind: 'fault', did: 'restore', name: 'own' },
    ]);
    for (const { asked, done } of journal()) expect(done).toBeGreaterThanOrEqual(asked);
    await hooks.settle();
    expect(told()).toEqual(['inject', 'restore']);
  });

  test('only POST, only with the secret in its path', async () => {
    const { did, injector } = fake();
    hooks = await serveHooks(injector, 'x', folder);
    expect((await fetch(hooks.injectUrl)).status).toBe(404);
    expect((await post(new URL('/inject', hooks.injectUrl).href)).status).toBe(404);
    expect(did).toEqual([]);
  });

  test('a restore waits for the inject before it', async () => {
    let go = () => {};
    const wait = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { did, injector } = fake({ inject: () => wait.then(() => ({})) });
    hooks = await serveHooks(injector, 'x', folder);
    const both = Promise.all([post(hooks.injectUrl), post(hooks.restoreUrl)]);
    setImmediate(go);
    await both;
    expect(did).toEqual(['inject begins', 'inject ends', 'restore begins', 'restore ends']);
  });

  test('what was not undone is undone at the end, also half a fault', async () => {
    const { did, injector } = fake({ inject: () => Promise.reject(new Error('half of it')) });
    hooks = await serveHooks(injector, 'x', folder);
    expect(await post(hooks.injectUrl)).toEqual({ status: 500, text: 'half of it' });
    await hooks.settle();
    expect(did).toEqual(['inject begins', 'restore begins', 'restore ends']);
    expect(told()).toEqual(['inject: half of it', 'restore']);
  });

  test('a restore that fails is tried again at the end, and told', async () => {
    const { injector } = fake({ restore: () => Promise.reject(new Error('no way')) });
    hooks = await serveHooks(injector, 'x', folder);
    await post(hooks.injectUrl);
    expect(await post(hooks.restoreUrl)).toEqual({ status: 500, text: 'no way' });
    await expect(hooks.settle()).rejects.toThrow('no way');
    expect(told()).toEqual(['inject', 'restore: no way', 'restore: no way']);
  });

  test('nothing was made: nothing is undone', async () => {
    const { did, injector } = fake();
    hooks = await serveHooks(injector, 'x', folder);
    expect((await post(hooks.restoreUrl)).text).toBe('{}');
    await hooks.settle();
    expect(did).toEqual([]);
  });

  test('a fault that heals by itself has one hook', async () => {
    const { injector } = fake();
    const { restore: _, ...healing } = injector;
    hooks = await serveHooks(healing, 'x', folder);
    expect(hooks.restoreUrl).toBeUndefined();
    await post(hooks.injectUrl);
    await hooks.settle();
    expect(told()).toEqual(['inject']);
  });
});
