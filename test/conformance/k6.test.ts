/**
 * One suite for all drivers, in real k6 and through the library's own client: recorded answers of real servers, each of which
 * must yield what is in test/replay/expected.ts, and the mock's faults. sse and tcp run where K6_EXTENSIONS names a k6 that
 * has both extensions.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bringing, forK6 } from '../../build.mjs';
import { APIS } from '../../lib/api/index.ts';
import type { DriverName } from '../../lib/client/client.ts';
import type { Completion } from '../../lib/completion.ts';
import { FAULTS, type Mock, startMock } from '../../mock/index.ts';
import { K6 } from '../k6/run.ts';
import { type Expected, expected } from '../replay/expected.ts';
import { loadRecordings } from '../replay/recording.ts';
import { type Replay, startReplay } from '../replay/replay-server.ts';
import { FAULT_OUTCOMES, FAULT_SETTINGS, FAULT_TIMEOUT, LIMITS } from './cases.ts';
import type { ReplayOrder } from './entry.ts';
import { known } from './known.ts';
import { NONCE, WRITTEN, WRITTEN_SETTINGS, written } from './written.ts';

const OTHER = process.env.K6_EXTENSIONS;
/** A k6 whose k6/x/tcp survives a reset. */
const MENDED = process.env.K6_TCP_MENDED === 'true';
const DRIVERS: DriverName[] = ['native', 'http', ...(OTHER ? (['sse', 'tcp'] as const) : [])];

const recordings = loadRecordings();
/** The receive with the first token stands this far apart from its neighbours, so that TTFT can only mean that one. */
const APART_MS = 250;

/** As printed by entry.ts: a Completion, its gaps an array. */
type Printed = Omit<Completion, 'gaps'> & { gaps: number[]; e2e?: number; ttft?: number; error?: string };

let folder: string;
const scriptOf = (driver: DriverName) =>
  join(folder, driver === 'sse' || driver === 'tcp' ? `${driver}.js` : 'entry.js');
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llmload-conformance-'));
  const entryPoints = [fileURLToPath(new URL('entry.ts', import.meta.url))];
  await build({ ...forK6, entryPoints, outfile: join(folder, 'entry.js') });
  for (const driver of ['sse', 'tcp'] as const)
    await build({ ...forK6, ...bringing(driver), entryPoints, outfile: join(folder, `${driver}.js`) });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Sends each list of orders in a VU of its own, and returns what the client made of the answers, in order. */
async function runK6(lists: ReplayOrder[][], driver: DriverName, settings: Record<string, string> = {}) {
  const lines = join(folder, `${randomUUID()}.log`); // k6 appends to what is there
  const quiet = ['--quiet', '--address', '127.0.0.1:0', '--log-format', 'raw', '--console-output', lines];
  const k6 = driver === 'native' || driver === 'http' ? K6 : (OTHER as string);
  const { stderr } = await promisify(execFile)(k6, ['run', ...quiet, scriptOf(driver)], {
    env: {
      ...process.env,
      BASE_URL: lists[0]?.[0]?.baseUrl, // vitest sets one of its own
      K6_NO_USAGE_REPORT: 'true',
      REPLAY_ORDERS: JSON.stringify(lists),
      DRIVER: driver,
      TIMEOUT: '20s',
      ...settings,
    },
  });
  const printed = new Map<string, Printed[]>();
  const told = (await readFile(lines, 'utf8'))
    .trimEnd()
    .split('\n')
    .filter((line) => line.startsWith('{'));
  if (told.length !== lists.flat().length) throw new Error(`not every order was carried out:\n${stderr}`); // k6 exits 0
  for (const line of told) {
    const { name, completion }: { name: string; completion: Printed } = JSON.parse(line);
    printed.set(name, [...(printed.get(name) ?? []), completion]);
  }
  return printed;
}

function order({ url }: Replay, name: string): ReplayOrder {
  const { api, stream } = expected[name] as Expected;
  const body = recordings.find((recording) => recording.name === name)?.body ?? '';
  const model = /"model": *"([^"]+)"/.exec(body)?.[1] ?? 'tiny';
  return { name, baseUrl: `${url}/${name}`, api, stream, model };
}

/** Only what this k6 lives through; the others are skipped. */
const survived =
  (driver: DriverName) =>
  (name: string): boolean =>
    MENDED || LIMITS[driver][name] === undefined || LIMITS[driver][name].outcome !== undefined;
const skipDeadly = (driver: DriverName, names: string[]) =>
  test.skip.each(names.filter((name) => !survived(driver)(name)))('%s: k6 dies', () => {});

const isolated = Object.fromEntries(
  Object.entries(expected).flatMap(([name, { firstContent }]) =>
    firstContent === undefined ? [] : [[name, firstContent]],
  ),
);

describe.each(DRIVERS)('driver %s: recorded answers', (driver) => {
  const timed = driver !== 'http';
  const names = Object.keys(expected).filter(survived(driver));
  let replay: Replay;
  let printed: Map<string, Printed[]>;
  beforeAll(async () => {
    replay = await startReplay(recordings, timed ? { isolate: { ms: APART_MS, receive: isolated } } : {});
    printed = await runK6(
      names.map((name) => [order(replay, name)]),
      driver,
    );
  });
  afterAll(() => replay.close());

  skipDeadly(driver, Object.keys(expected));
  test.each(names)('%s', (name) => {
    const { firstContent, characters, error, ...wanted } = expected[name] as Expected;
    const [completion, ...more] = printed.get(name) ?? [];
    if (completion === undefined) throw new Error('k6 printed no Completion');
    expect(more).toEqual([]);
    if (!timed || !wanted.stream) {
      // k6 drops a body that was cut: then only the outcome is known.
      const { outcome, status, answered, finish, usage } = wanted;
      const told = outcome === 'connection' ? { outcome } : { outcome, status, answered, finish, usage };
      expect(known(completion as never)).toMatchObject(known(told as never));
      if (!timed) expect(completion.ttft).toBeUndefined();
      if (!timed) expect(completion.gaps).toEqual([]);
      return;
    }
    expect(known(completion as never)).toEqual(known(wanted as never));
    expect({ resent: completion.resent, cold: completion.cold }).toEqual({
      resent: 0,
      cold: driver !== 'sse' || wanted.status !== undefined, // before the headers it knows of no connection
    });
    if (error && driver !== 'sse') expect(completion.error).toMatch(error);
    if (characters !== undefined) expect(completion.text?.length).toBe(characters);
    expect(completion.gaps).toHaveLength(Math.max(0, wanted.frames - 1));
    expect(firstTokenReceive(replay, name, completion)).toBe(firstContent);
    if (completion.ttft === undefined) return;
    expect(Math.min(...completion.gaps)).toBeGreaterThanOrEqual(0);
    if (wanted.outcome === 'ok') expect(completion.ttft + sum(completion.gaps)).toBeCloseTo(completion.e2e ?? 0, 3);
  });

  test('asks as the recorded client did', () => {
    for (const { name, method, path, headers, body } of replay.exchanges.filter((asked) => asked.method === 'POST')) {
      const { stream, api } = expected[name] as Expected;
      expect({ method, path }).toEqual({ method: 'POST', path: APIS[api]?.path });
      expect(headers['accept-encoding']).toBe('identity');
      expect(JSON.parse(body)).toMatchObject({ stream });
    }
  });
});

describe.each(DRIVERS.flatMap((driver) => ['openai-chat', 'ollama-chat'].map((api) => ({ driver, api }))))(
  'driver $driver: faults of the mock in $api',
  ({ driver, api }) => {
    const faults = Object.entries(FAULT_OUTCOMES).filter(([fault]) => survived(driver)(fault));
    let mock: Mock;
    let printed: Map<string, Printed[]>;
    beforeAll(async () => {
      mock = await startMock({ models: ['mock'], ttftMs: 5, tokenMs: 1, tokens: 6 });
      printed = await runK6(
        faults.map(([name]) => [{ name, api, baseUrl: mock.url, stream: true, model: `mock~${name}` }]),
        driver,
        { ...FAULT_SETTINGS, TIMEOUT: FAULT_TIMEOUT },
      );
    });
    afterAll(() => mock.close());

    skipDeadly(driver, Object.keys(FAULT_OUTCOMES));
    test.each(faults)('%s', (fault, usual) => {
      const [completion] = printed.get(fault) ?? [];
      const outcome = LIMITS[driver][fault]?.outcome ?? usual;
      expect(completion?.outcome).toBe(outcome);
      if (outcome === 'ok') expect([completion?.output, completion?.tokenSource]).toEqual([6, 'server']);
    });
  },
);

describe.each(DRIVERS)('driver %s: written answers', (driver) => {
  let replay: Replay;
  let printed: Map<string, Printed[]>;
  beforeAll(async () => {
    replay = await startReplay(written);
    const orders = Object.entries(WRITTEN).map(([name, { times }]) => [
      {
        name,
        baseUrl: `${replay.url}/${name}`,
        api: 'openai-chat',
        stream: true,
        model: 'm',
        nonce: NONCE,
        ...(times !== undefined && { times }),
      },
    ]);
    printed = await runK6(orders, driver, WRITTEN_SETTINGS);
  });
  afterAll(() => replay.close());

  test.each(Object.entries(WRITTEN))('%s', (name, { wanted, times = 1 }) => {
    const limit = LIMITS[driver][name];
    expect(printed.get(name)?.[0]).toMatchObject(limit?.outcome ? { outcome: limit.outcome } : wanted);
    const asked = replay.exchanges.filter((exchange) => exchange.name === name && exchange.method === 'POST');
    expect(JSON.parse(asked[0]?.body ?? '').messages).toEqual([{ role: 'user', content: 'Hi'.repeat(times) }]);
  });
});

test('the faults are all that the mock has', () =>
  expect(new Set(Object.keys(FAULT_OUTCOMES).map((fault) => fault.split('=')[0]))).toEqual(
    new Set(FAULTS.map(({ name }) => name)),
  ));

test('a request on a connection that the server has just closed is sent again, once, and counted', async () => {
  const dropping = await startReplay(recordings, { dropReused: true });
  const resetting = await startReplay(recordings);
  try {
    const again = 'llamacpp-chat-stream';
    const printed = await runK6(
      [
        [order(dropping, again), order(dropping, again)],
        [order(resetting, 'ollama-v1-nousage'), order(resetting, 'toxi-reset5ms')],
      ],
      'native',
    );
    const told = (name: string) => (printed.get(name) ?? []).map(({ outcome, resent }) => ({ outcome, resent }));
    expect(told(again)).toEqual([
      { outcome: 'ok', resent: 0 },
      { outcome: 'ok', resent: 1 },
    ]);
    expect(dropping.dropped).toBe(1);
    // The fresh connection is reset too: then it is a failure.
    expect(told('toxi-reset5ms')).toEqual([{ outcome: 'connection', resent: 1 }]);
  } finally {
    await dropping.close();
    await resetting.close();
  }
});

/** Index of the receive that was sent nearest to the first token's time; undefined without a TTFT. */
function firstTokenReceive(replay: Replay, name: string, { startedAt, ttft }: Printed): number | undefined {
  if (ttft === undefined) return undefined;
  const sent = replay.exchanges.find((exchange) => exchange.name === name && exchange.method === 'POST')?.sent ?? [];
  const apart = sent.map((at) => Math.abs(at - (startedAt + ttft)));
  return apart.indexOf(Math.min(...apart));
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
