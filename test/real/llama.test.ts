/**
 * The scenarios against llama.cpp's own server: 16 requests in flight over 4 slots, no think time. It closes the
 * connection after every streamed answer although it says keep-alive, so here is where a client loses requests.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Results } from '../../lib/results.ts';
import { type RealServer, startLlama } from '../../scripts/real/llama.mjs';
import { findPython } from '../../scripts/real/venv.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const k6 = join(root, 'bin/k6');

const missing = await findPython().then(
  () => undefined,
  (error: Error) => error.message,
);
const skip = missing !== undefined && !process.env.CI; // CI must have Python: there the start below fails
if (skip) console.warn(`test/real is skipped: ${missing}`);

const TOKENS = 12;
const common = { OUTPUT_TOKENS: TOKENS, IGNORE_EOS: true, WARMUP: '1s', TIMEOUT: '20s', SLO: 'errors<0.1%' };

/** Settings of each scenario, and how many requests it must have measured; undefined: as many as fit. */
const scenarios: Record<string, { settings: Record<string, string | number>; requests?: number }> = {
  // On a busy machine k6's executor may come too late for the last starts; what was sent must not fail.
  constant: { settings: { RATE: 20, DURATION: '2s', VUS: 48, MODEL: 'tiny', SLO: 'errors<10%' } },
  ramp: { settings: { CONCURRENCY: 16, RAMP_UP: '500ms', HOLD: '2s', RAMP_DOWN: '500ms', MODEL: 'tiny' } },
  blast: { settings: { CONCURRENCY: 16, TOTAL_REQUESTS: 150, MODEL: 'tiny' }, requests: 150 },
  conversations: {
    settings: { CONCURRENCY: 4, CONVERSATIONS: 12, TURNS: 4, THINK_TIME: '20ms', MODEL: 'tiny' },
    requests: 48,
  },
  mix: { settings: { CONCURRENCY: 16, TOTAL_REQUESTS: 100, MIX: 'alpha:0.7,beta:0.3' }, requests: 100 },
};
const cases = Object.keys(scenarios).flatMap((name) => [
  { name, stream: true },
  { name, stream: false },
]);

/** A line of the records file, as far as it is looked at here. */
interface Line {
  kind?: string;
  requests?: number;
  outcome: string;
  error: string | null;
  model: string;
  answered: string | null;
  ttft: number | null;
  e2e: number | null;
  out: number | null;
  token_source: string;
  cold: boolean;
  resent: number;
  warm: boolean;
}

interface Run {
  code: number | null;
  output: string;
  results: Results;
  /** Measured requests. */
  lines: Line[];
  warmup: Line[];
  end: Line | undefined;
}

describe.skipIf(skip)('llama.cpp, 16 in flight over 4 slots', () => {
  let server: RealServer;
  let folder: string;
  beforeAll(async () => {
    for (const file of [k6, ...Object.keys(scenarios).map((name) => join(root, `dist/${name}.js`))])
      if (!existsSync(file)) throw new Error(`${file} is not built: npm run build:k6 && npm run build`);
    folder = await mkdtemp(join(tmpdir(), 'llmload-real-'));
    server = await startLlama({ parallel: 4 });
  });
  afterAll(async () => {
    await server?.stop();
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  test.each(cases)('$name, stream $stream', async ({ name, stream }) => {
    const { code, output, results, lines, warmup, end } = await run(name, stream);
    expect(code, output).toBe(0);

    const failed = [...lines, ...warmup].filter(({ outcome }) => outcome !== 'ok');
    expect(failed.map(({ outcome, error }) => `${outcome}: ${error}`)).toEqual([]);
    expect(results.failures).toEqual([]);
    expect(results.steps.map(({ outcomes }) => outcomes)).toEqual(
      results.steps.map(({ requests }) => ({ ok: requests })),
    );
    for (const { dropped } of results.steps) expect(dropped).toBeLessThanOrEqual(name === 'constant' ? 3 : 0);

    const requests = scenarios[name]?.requests;
    expect(lines.length).toBeGreaterThanOrEqual(requests ?? 37);
    if (requests !== undefined) expect(lines.length).toBe(requests);
    expect(results.steps.reduce((sum, step) => sum + step.requests, 0)).toBe(lines.length);
    expect(end?.requests).toBe(lines.length + warmup.length);
    expect(warmup.length).toBeGreaterThan(0);

    for (const { ttft, e2e, out, token_source } of lines) {
      expect({ out, token_source }).toEqual({ out: TOKENS, token_source: 'server' });
      if (!stream) expect(ttft).toBeNull();
      else expect(ttft).toBeGreaterThan(0);
      expect(e2e).toBeGreaterThanOrEqual(ttft ?? 0.001);
    }
    for (const { metrics } of results.steps) expect(metrics.ttft?.n ?? 0).toBe(stream ? metrics.e2e?.n : 0);

    // It closes after each streamed answer: a request opens a connection, or is sent again on a fresh one and counted.
    if (stream) expect(lines.filter(({ cold, resent }) => !cold && resent === 0)).toEqual([]);
    const resent = lines.reduce((sum, line) => sum + line.resent, 0);
    expect(results.audit.find(({ check }) => check === 'resent')?.value ?? 0).toBe(resent);
    if (resent > 0) expect(output).toMatch(new RegExp(`\\b${resent} × sent again`));

    if (name === 'conversations') {
      const turns = results.steps[0]?.perTurn ?? [];
      expect(turns.map((t) => t.requests)).toEqual([12, 12, 12, 12]);
      // Its template begins every prompt; a history is most of what follows.
      const shares = turns.map((t) => t.cachedShare ?? Number.NaN);
      for (const share of shares.slice(1)) expect(share).toBeGreaterThan(shares[0] ?? Number.NaN);
      expect(results.audit.find(({ check }) => check === 'prompt_cache')?.ok).toBe(true);
    }

    if (name === 'mix') {
      const asked = (model: string) => lines.filter((line) => line.model === model).length;
      expect({ alpha: asked('alpha'), beta: asked('beta') }).toEqual({ alpha: 70, beta: 30 });
      expect(results.routing?.verdict).toBe('PASS'); // it answers both as `tiny`, which is what the first probe learned
    }
  });

  test('a wrong key is 401 for every request, and the gate fails', async () => {
    const locked = await startLlama({ parallel: 1, apiKey: 'sk-right' });
    try {
      const { code, lines } = await run('blast', true, {
        BASE_URL: locked.url,
        TOTAL_REQUESTS: 5,
        API_KEY: 'sk-wrong',
      });
      expect(code).toBe(99);
      expect(lines.map(({ outcome }) => outcome)).toEqual(Array(5).fill('http_error'));
    } finally {
      await locked.stop();
    }
  });

  /** Runs a bundle to its end. Settings go through the environment, as the command passes them. */
  async function run(name: string, stream: boolean, more: Record<string, string | number> = {}): Promise<Run> {
    const summary = join(folder, 'summary.json');
    const records = join(folder, 'records.jsonl');
    for (const file of [summary, records]) await rm(file, { force: true }); // of the run before
    const settings = { BASE_URL: server.url, STREAM: stream, ...common, ...scenarios[name]?.settings, ...more };
    const env = {
      ...process.env,
      ...Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, `${value}`])),
      SUMMARY_JSON: summary,
      RECORDS: records,
      MODE: undefined, // vitest's own, and one letter from MODEL
      K6_NO_USAGE_REPORT: 'true',
      NO_COLOR: '1',
    };
    const { code, output } = await execute(
      k6,
      ['run', '--quiet', '--address', '127.0.0.1:0', join(root, `dist/${name}.js`)],
      env,
    );
    const all = parseLines(await readFile(records, 'utf8').catch(() => fail(name, output)));
    const requests = all.filter(({ kind }) => kind === undefined);
    return {
      code,
      output,
      results: JSON.parse(await readFile(summary, 'utf8').catch(() => fail(name, output))),
      lines: requests.filter(({ warm }) => !warm),
      warmup: requests.filter(({ warm }) => warm),
      end: all.find(({ kind }) => kind === 'end'),
    };
  }
});

function parseLines(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line): Line => JSON.parse(line));
}

function fail(name: string, output: string): never {
  throw new Error(`dist/${name}.js wrote no results:\n${output}`);
}

function execute(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}
