/** Recorded answers of real servers through real k6 and the library's own client: each must yield what is in expected.ts. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { forK6 } from '../../build.mjs';
import { APIS } from '../../lib/api/index.ts';
import type { Completion } from '../../lib/completion.ts';
import type { ReplayOrder } from './entry.ts';
import { type Expected, expected } from './expected.ts';
import { loadRecordings } from './recording.ts';
import { type Replay, startReplay } from './replay-server.ts';

const k6 = fileURLToPath(new URL('../../bin/k6', import.meta.url));
const recordings = loadRecordings();
const cases = Object.entries(expected);

/** The receive with the first token stands this far apart from its neighbours, so that TTFT can only mean that one. */
const APART_MS = 250;

/** As printed by entry.ts: a Completion, its gaps an array. */
type Printed = Omit<Completion, 'gaps'> & { gaps: number[]; e2e?: number; ttft?: number; error?: string };

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llmload-replay-'));
  script = join(folder, 'entry.js');
  await build({ ...forK6, entryPoints: [fileURLToPath(new URL('entry.ts', import.meta.url))], outfile: script });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Sends each list of orders on a connection of its own, and returns what the client made of the answers, in order. */
async function runK6(lists: ReplayOrder[][], driver: string): Promise<Map<string, Printed[]>> {
  const lines = join(folder, `${randomUUID()}.log`); // k6 appends to what is there
  const quiet = ['--quiet', '--address', '127.0.0.1:0', '--log-format', 'raw', '--console-output', lines];
  const { stderr } = await promisify(execFile)(k6, ['run', ...quiet, script], {
    env: {
      ...process.env,
      BASE_URL: lists[0]?.[0]?.baseUrl, // vitest sets one of its own
      K6_NO_USAGE_REPORT: 'true',
      REPLAY_ORDERS: JSON.stringify(lists),
      DRIVER: driver,
      TIMEOUT: '20s',
    },
  });
  const printed = new Map<string, Printed[]>();
  const told = (await readFile(lines, 'utf8')).trimEnd().split('\n');
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

const isolated = Object.fromEntries(
  cases.flatMap(([name, { firstContent }]) => (firstContent === undefined ? [] : [[name, firstContent]])),
);

describe('native driver', () => {
  let replay: Replay;
  let printed: Map<string, Printed[]>;
  beforeAll(async () => {
    replay = await startReplay(recordings, { isolate: { ms: APART_MS, receive: isolated } });
    printed = await runK6(
      cases.map(([name]) => [order(replay, name)]),
      'native',
    );
  });
  afterAll(() => replay.close());

  test.each(cases)('%s', (name, { api, stream, firstContent, characters, error, ...verdict }) => {
    const [completion, ...more] = printed.get(name) ?? [];
    if (completion === undefined) throw new Error('k6 printed no Completion');
    expect(more).toEqual([]);
    const { outcome, status, frames, answered, finish, usage, tokenSource } = completion;
    expect(defined({ outcome, status, frames, answered, finish, usage, tokenSource })).toEqual(verdict);
    expect({ resent: completion.resent, cold: completion.cold }).toEqual({ resent: 0, cold: true });
    if (error) expect(completion.error).toMatch(error);
    if (characters !== undefined && stream) expect(completion.text?.length).toBe(characters);
    expect(completion.gaps).toHaveLength(Math.max(0, frames - 1));
    expect(firstTokenReceive(replay, name, completion)).toBe(firstContent);
    if (completion.ttft === undefined) return;
    expect(Math.min(...completion.gaps)).toBeGreaterThanOrEqual(0);
    if (outcome === 'ok') expect(completion.ttft + sum(completion.gaps)).toBeCloseTo(completion.e2e ?? 0, 3);
  });

  test('asks as the recorded client did', () => {
    for (const { name, method, path, headers, body } of replay.exchanges) {
      const { stream, api } = expected[name] as Expected;
      expect({ method, path }).toEqual({ method: 'POST', path: APIS[api]?.path });
      expect(headers['accept-encoding']).toBe('identity');
      expect(JSON.parse(body)).toMatchObject({ stream });
    }
  });
});

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

describe('http driver', () => {
  let replay: Replay;
  let printed: Map<string, Printed[]>;
  beforeAll(async () => {
    replay = await startReplay(recordings);
    printed = await runK6(
      cases.map(([name]) => [order(replay, name)]),
      'http',
    );
  });
  afterAll(() => replay.close());

  test.each(cases)('%s has the same outcome, and no TTFT', (name, wanted) => {
    const [completion] = printed.get(name) ?? [];
    if (completion === undefined) throw new Error('k6 printed no Completion');
    // k6 drops a body that was cut: then only the outcome is known.
    const known = ({ outcome, status, answered, finish, usage }: Expected | Printed) =>
      defined(outcome === 'connection' ? { outcome } : { outcome, status, answered, finish, usage });
    expect(known(completion)).toEqual(known(wanted));
    expect(completion.ttft).toBeUndefined();
    expect(completion.gaps).toEqual([]);
  });
});

/** Index of the receive that was sent nearest to the first token's time; undefined without a TTFT. */
function firstTokenReceive(replay: Replay, name: string, { startedAt, ttft }: Printed): number | undefined {
  if (ttft === undefined) return undefined;
  const sent = replay.exchanges.find((exchange) => exchange.name === name)?.sent ?? [];
  const apart = sent.map((at) => Math.abs(at - (startedAt + ttft)));
  return apart.indexOf(Math.min(...apart));
}

/** Without the properties that are undefined. */
function defined(object: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);
