/** Each injector against what it breaks: our mock, a server that plays toxiproxy or a hook, a shell, an ssh that is none. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Mock, startMock } from '../../mock/index.ts';
import { adminInjector } from '../../scripts/chaos/injectors/admin.ts';
import { commandInjector } from '../../scripts/chaos/injectors/command.ts';
import { gpuInjector } from '../../scripts/chaos/injectors/gpu.ts';
import { hookInjector } from '../../scripts/chaos/injectors/hook.ts';
import { parseToxic, toxiproxyInjector } from '../../scripts/chaos/injectors/toxiproxy.ts';
import { runLogged } from '../../scripts/chaos/shell.ts';
import { alive, until } from '../k6/run.ts';

let folder: string;
let log: string;
const closing: (() => unknown)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmload-chaos-test-'));
  log = join(folder, 'chaos.log');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closing.splice(0)) await close();
  rmSync(folder, { recursive: true, force: true });
});

async function mocks(n: number): Promise<Mock[]> {
  const all = await Promise.all(Array.from({ length: n }, () => startMock({ adminPort: 0 })));
  closing.push(...all.map((mock) => mock.close));
  return all;
}
const adminOf = ({ admin }: Mock): string => admin?.url as string;

async function serve(handler: RequestListener): Promise<string> {
  const server: Server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Nobody listens there, and no browser's rule forbids it. */
const NOBODY = 'http://127.0.0.1:2';

describe('the admin API of our mocks', () => {
  test('breaks all of them and mends them, at the times that they say', async () => {
    const all = await mocks(2);
    const injector = adminInjector(all.map(adminOf), { fault: 'dead' });
    expect(injector.name).toBe('2 backends dead');
    await injector.check();
    const asked = Date.now();
    const { at = 0 } = await injector.inject(log);
    expect(at).toBeGreaterThanOrEqual(asked - 1);
    expect(at).toBeLessThanOrEqual(Date.now() + 1);
    for (const { url } of all) await expect(fetch(`${url}/health`)).rejects.toThrow();
    await expect(injector.check()).rejects.toThrow(
      /there is a fault already.*curl -X DELETE http\S+\/fault http\S+\/fault$/,
    );
    const { at: undone = 0 } = (await injector.restore?.(log)) ?? {};
    expect(undone).toBeGreaterThanOrEqual(at);
    for (const { url } of all) expect((await fetch(`${url}/health`)).status).toBe(200);
    await injector.restore?.(log);
  });

  test('nobody there, or something else', async () => {
    await expect(adminInjector([NOBODY], { fault: 'dead' }).check()).rejects.toThrow(
      'no admin API at http://127.0.0.1:2: ECONNREFUSED; `llmload mock --admin-port` has one',
    );
    const [{ url }] = (await mocks(1)) as [Mock];
    await expect(adminInjector([url], { fault: 'dead' }).check()).rejects.toThrow(/answers 404: /);
  });
});

describe('hooks', () => {
  test('POST; what they say of time and name is taken over', async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.end(request.url === '/i' ? '{"at":17,"name":"rack 3"}' : 'done');
    });
    const injector = hookInjector(`${url}/i`, `${url}/r`);
    expect(await injector.inject(log)).toEqual({ at: 17, name: 'rack 3' });
    expect(await injector.restore?.(log)).toEqual({});
    expect(asked).toEqual(['POST /i', 'POST /r']);
    expect(hookInjector(url, undefined).restore).toBeUndefined();
  });

  test('what goes wrong is told without their address', async () => {
    const url = await serve((request, response) =>
      response.writeHead(503).end(`no ${request.headers.host}${request.url}`),
    );
    await expect(hookInjector(`${url}/the-canary`, undefined).inject(log)).rejects.toThrow(
      /^CHAOS_INJECT_URL answers 503/,
    );
    await expect(hookInjector(`${url}/the-canary`, undefined).inject(log)).rejects.not.toThrow(/canary/);
    await expect(hookInjector(`${NOBODY}/the-canary`, undefined).inject(log)).rejects.toThrow(
      'CHAOS_INJECT_URL cannot be asked: ECONNREFUSED',
    );
  });
});

describe('a toxiproxy', () => {
  const toxic = parseToxic('vllm:latency,latency=300,jitter=20');

  test('one toxic is added and removed', async () => {
    const asked: unknown[] = [];
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (text) => {
        body += text;
      });
      request.on('end', () => {
        asked.push([request.method, request.url, body && JSON.parse(body)]);
        if (request.url === '/proxies') response.end('{"vllm":{"enabled":true,"toxics":[]}}');
        else if (request.method === 'DELETE' && asked.length > 3) response.writeHead(404).end();
        else response.end('{}');
      });
    });
    const injector = toxiproxyInjector(url, toxic);
    await injector.check();
    expect(await injector.inject(log)).toEqual({});
    await injector.restore?.(log);
    await injector.restore?.(log); // it is not there: fine
    const attributes = { latency: 300, jitter: 20 };
    const added = { name: 'llmload', type: 'latency', stream: 'downstream', toxicity: 1, attributes };
    expect(asked).toEqual([
      ['GET', '/proxies', ''],
      ['POST', '/proxies/vllm/toxics', added],
      ['DELETE', '/proxies/vllm/toxics/llmload', ''],
      ['DELETE', '/proxies/vllm/toxics/llmload', ''],
    ]);
  });

  const found: [what: string, proxies: string, says: RegExp][] = [
    ['no such proxy', '{"a":{},"b":{}}', /^no proxy vllm at http\S+; there are: a, b$/],
    ['no proxy at all', '{}', /^no proxy vllm at http\S+; there is none$/],
    ['a proxy that is off', '{"vllm":{"enabled":false}}', /^proxy vllm at http\S+ is not enabled$/],
    [
      'ours is there',
      '{"vllm":{"toxics":[{"name":"llmload"}]}}',
      /left by something else: curl -X DELETE http\S+\/toxics\/llmload$/,
    ],
    ['no toxiproxy', 'hello', /is no toxiproxy: GET \/proxies answers 200: hello$/],
  ];
  test.each(found)('%s', async (_, proxies, says) => {
    const url = await serve((_request, response) => response.end(proxies));
    await expect(toxiproxyInjector(url, toxic).check()).rejects.toThrow(says);
  });

  test('nobody there; a toxic that it refuses', async () => {
    await expect(toxiproxyInjector(NOBODY, toxic).check()).rejects.toThrow(
      'no toxiproxy at http://127.0.0.1:2: ECONNREFUSED',
    );
    const url = await serve((_request, response) => response.writeHead(409).end('{"error":"toxic already exists"}'));
    await expect(toxiproxyInjector(url, toxic).inject(log)).rejects.toThrow(/answers 409: toxic already exists$/);
  });
});

describe('commands', () => {
  test('what they write is kept; what fails is told by its last line', async () => {
    const { inject, restore } = commandInjector('echo one; echo two >&2', 'echo first; echo why it failed >&2; exit 3');
    expect(await inject(log)).toEqual({});
    await expect(restore?.(log)).rejects.toThrow(/^--restore-command ended with 3: why it failed$/);
    const kept = readFileSync(log, 'utf8');
    for (const line of ['one', 'two', 'first', 'why it failed']) expect(kept).toMatch(new RegExp(`^${line}$`, 'm'));
    expect(commandInjector('true', undefined).restore).toBeUndefined();
  });

  test('one that takes too long goes with its children', async () => {
    const pid = join(folder, 'pid');
    const sleeping = `sleep 600 & echo $! > ${pid}; wait`;
    await expect(runLogged(['/bin/sh', '-c', sleeping], log, 'it', 300)).rejects.toThrow(
      /^it took longer than 0.3 s and was stopped/,
    );
    const child = Number(readFileSync(pid, 'utf8'));
    await until(() => !alive(child));
  });

  test('what it leaves in the background stays, and is not waited for', async () => {
    const pid = join(folder, 'pid');
    await commandInjector(`sleep 600 & echo $! > ${pid}`, undefined).inject(log);
    const child = Number(readFileSync(pid, 'utf8'));
    expect(alive(child)).toBe(true);
    process.kill(child);
  });
});

describe('a GPU that refuses work', () => {
  /** An ssh that notes its words, and says what nvidia-smi would. */
  function fakeSsh(says: string, code = 0): string {
    const words = join(folder, 'words');
    const script = `#!/bin/sh\nfor w in "$@"; do printf '%s|' "$w"; done >> ${words}\necho >> ${words}\necho '${says}'\nexit ${code}\n`;
    writeFileSync(join(folder, 'ssh'), script);
    chmodSync(join(folder, 'ssh'), 0o755);
    vi.stubEnv('PATH', `${folder}:${process.env.PATH}`);
    return words;
  }
  const SSH = '-o|BatchMode=yes|-o|ConnectTimeout=10|--|root@gpu1|nvidia-smi|-i|3|';

  test('PROHIBITED and the worker started anew; DEFAULT and again', async () => {
    const words = fakeSsh('Default');
    const restarts = join(folder, 'restarts');
    const injector = gpuInjector({ host: 'root@gpu1', gpu: 3 }, `echo $0 >> ${restarts}`);
    await injector.check();
    expect(existsSync(restarts)).toBe(false);
    await injector.inject(log);
    await injector.restore?.(log);
    expect(readFileSync(words, 'utf8').trim().split('\n')).toEqual([
      `${SSH}--query-gpu=compute_mode|--format=csv,noheader|`,
      `${SSH}-c|PROHIBITED|`,
      `${SSH}-c|DEFAULT|`,
    ]);
    expect(readFileSync(restarts, 'utf8').trim().split('\n')).toHaveLength(2);
    expect(injector.name).toBe('GPU 3 of root@gpu1 refuses work');
    expect(injector.byHand).toMatch(/^ssh .* root@gpu1 nvidia-smi -i 3 -c DEFAULT; echo/);
  });

  test('one that is in another mode, or cannot be asked', async () => {
    fakeSsh('Prohibited');
    const injector = gpuInjector({ host: 'gpu1', gpu: 0 }, 'true');
    await expect(injector.check()).rejects.toThrow(/is in compute mode Prohibited/);
    fakeSsh('no devices were found', 6);
    await expect(injector.check()).rejects.toThrow(/^GPU 0 of gpu1 cannot be asked: /);
    await expect(injector.inject(log)).rejects.toThrow('nvidia-smi at gpu1 ended with 6: no devices were found');
  });
});
