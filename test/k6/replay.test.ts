/** The replay of traces by bin/k6 against what the mock saw. How well starts keep their time is bench/replay.mjs's to say. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/build/root.mjs';
import { bodyServer } from './bodies.ts';
import { folderFor, mockFor, runCommand, runScenario } from './run.ts';

/** Requests to each model before the load: they learn how its tokens are counted. */
const PROBES = 2;

const sample = (name: string): string => join(root, 'data/traces', name);

/** A trace of a folder that goes with the test. */
function traceOf(...lines: string[]): string {
  const file = join(folderFor(), 'trace.csv');
  writeFileSync(file, `timestamp_ms,input_tokens,output_tokens\n${lines.join('\n')}\n`);
  return file;
}

describe('replay', () => {
  test('every row once: its model, its lengths, its planned start', async () => {
    const mock = await mockFor({ models: ['a', 'b'], tokens: 2000, tokenMs: 0 });
    const trace = sample('plain.csv');
    const run = await runScenario('replay', {
      BASE_URL: mock.url,
      TRACE: trace,
      WINDOW: '10s..40s',
      SPEED: 10,
      LOOP: 2,
      MODEL_MAP: 'small=a,large=b',
    });
    expect(run.code, run.output).toBe(0);
    const rows = readFileSync(trace, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.split(','))
      .map(([at, model, input, output]) => ({ at: Number(at), model, input: Number(input), output: Number(output) }))
      .filter(({ at }) => at >= 10_000 && at < 40_000);
    const [first = 0, last = 0] = [rows[0]?.at, rows.at(-1)?.at];
    const span = (last - first) * (1 + 1 / (rows.length - 1));
    const wanted = [0, 1].flatMap((turn) =>
      rows.map(({ at, model, input, output }, i) => ({
        i: turn * rows.length + i,
        due: expect.closeTo((at - first + turn * span) / 10, 2),
        model: model === 'small' ? 'a' : 'b',
        asked_in: input,
        asked_out: output,
        out: output,
      })),
    );
    const lines = run.lines.toSorted((x, y) => Number(x.i) - Number(y.i));
    expect(
      lines.map(({ i, due, model, asked_in, asked_out, out }) => ({ i, due, model, asked_in, asked_out, out })),
    ).toEqual(wanted);
    expect(mock.truth().slice(PROBES * 2)).toHaveLength(wanted.length);
    // Planned starts are the schedule, and none comes before its own.
    const starts = lines.map((l) => Number(l.t) - Number(l.connect) - Number(l.lag) - Number(l.due));
    expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(0.01);
    expect(Math.min(...lines.map((l) => Number(l.lag)))).toBeGreaterThan(-0.01);
    expect(run.results?.run.settings).toMatchObject({ TRACE: trace, SPEED: 10, LOOP: 2 });
    expect(run.results?.steps).toMatchObject([{ name: 'replay', requests: wanted.length, dropped: 0 }]);
    expect(run.results?.audit).toContainEqual(expect.objectContaining({ check: 'trace', ok: true }));
  });

  test('under another k6: the same requests, in memory', async () => {
    const mock = await mockFor({ models: ['small', 'large'] });
    const settings = { BASE_URL: mock.url, TRACE: sample('plain.csv'), WINDOW: '..20s', SPEED: 20, LLMLOAD_NATIVE: '' };
    const run = await runScenario('replay', settings);
    expect(run.code, run.output).toBe(0);
    const asked = mock
      .truth()
      .slice(PROBES * 2)
      .map(({ model }) => model);
    const rows = readFileSync(sample('plain.csv'), 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.split(','));
    const wanted = rows.filter(([at]) => Number(at) < 20_000 && at).map(([, model]) => model);
    expect(asked.toSorted()).toEqual(wanted.toSorted());
    expect(run.results?.steps[0]?.perModel.map(({ model }) => model).sort()).toEqual(['large', 'small']);
  });

  test('blocks: equal ids are equal text from the first character on, in no other run', async () => {
    const ask = async (id: string) => {
      const { url, bodies } = await bodyServer();
      const settings = { BASE_URL: url, MODEL: 'm', TRACE: sample('mooncake.jsonl'), WINDOW: '..30s', SPEED: 100 };
      const run = await runScenario('replay', { ...settings, SEED: 1, RUN_ID: id, WARMUP: '1s' });
      expect(run.code, run.output).toBe(0);
      const promptOf = (record: string) => JSON.parse(bodies.get(record) ?? '').messages[0].content as string;
      return {
        warm: run.warmup.map((l) => promptOf(String(l.id))),
        prompts: run.lines.toSorted((x, y) => Number(x.i) - Number(y.i)).map((l) => promptOf(String(l.id))),
      };
    };
    const [one, two] = [await ask('one'), await ask('two')];
    // All begin with block 0; no other run's does, nor does what warms the server up.
    const [head = ''] = one.prompts;
    expect(head.length).toBeGreaterThan(2000);
    expect(one.prompts.every((prompt) => prompt.startsWith(head.slice(0, 2000)))).toBe(true);
    for (const prompt of [...two.prompts, ...one.warm]) expect(prompt.slice(0, 20)).not.toBe(head.slice(0, 20));
    expect(new Set(one.prompts).size).toBe(one.prompts.length);
    expect(one.warm.length).toBeGreaterThan(0);
  });

  test('a row that cannot be read ends it before any load, or is left out and told', async () => {
    const mock = await mockFor();
    const settings = { BASE_URL: mock.url, MODEL: 'mock', TRACE: traceOf('0,5,5', '10,5,0', '20,5,5', 'x,5,5') };
    const refused = await runScenario('replay', settings);
    expect(refused.code).toBe(107);
    expect(refused.output).toMatch(
      /a row cannot be read, line 3: output_tokens is 0, and 1 more; allowed: .*BAD_ROWS=skip/,
    );
    expect(mock.truth()).toEqual([]);
    const skipped = await runScenario('replay', { ...settings, BAD_ROWS: 'skip' });
    expect(skipped.code, skipped.output).toBe(0);
    expect(mock.truth().slice(PROBES)).toHaveLength(2);
    const told = '2 rows of the trace could not be read and were left out, the first at line 3: output_tokens is 0';
    expect(skipped.stderr.split(told)).toHaveLength(2);
    expect(skipped.results?.audit).toContainEqual({ check: 'trace', ok: false, value: 2, sentence: told });
    expect(skipped.stdout.replace(/\n {4}/g, ' ')).toContain(`doubt: ${told}`);
  });

  test('rows that no VU was free for in time are counted, and fail the SLO', async () => {
    const mock = await mockFor({ ttftMs: 400 });
    const trace = traceOf(...Array.from({ length: 40 }, (_, i) => `${50 * i},5,5`));
    const run = await runScenario('replay', {
      BASE_URL: mock.url,
      MODEL: 'mock',
      TRACE: trace,
      VUS: 2,
      SLO: 'errors<1%',
    });
    expect(run.code, run.output).toBe(99);
    const [step] = run.results?.steps ?? [];
    expect(step?.dropped).toBeGreaterThan(0);
    expect((step?.requests ?? 0) + (step?.dropped ?? 0)).toBe(40);
    expect(step?.requests).toBe(run.lines.length);
  });

  test.each([
    ['no trace', {}, 'TRACE=\\"\\": not set'],
    ['no file', { TRACE: '/nowhere.csv' }, 'TRACE=\\"/nowhere.csv\\": cannot be read'],
    ['a window beyond it', { TRACE: sample('plain.csv'), WINDOW: '10m..' }, 'holds no row; allowed: a part of 0s..119'],
    [
      'a map that lacks a name',
      { TRACE: sample('burstgpt.csv'), MODEL_MAP: 'GPT-4=m' },
      'says nothing of \\"ChatGPT\\"',
    ],
  ])('%s: 107, and why', async (_, settings: Record<string, string>, says) => {
    const run = await runScenario('replay', { BASE_URL: '127.0.0.1:9', ...settings });
    expect(run.code).toBe(107);
    expect(run.output).toContain(says);
  });
});

test('llmload run replay: each model of the trace answers first', async () => {
  const mock = await mockFor({ models: ['small', 'large', 'other'] });
  const run = await runCommand([
    'run',
    'replay',
    '--url',
    mock.url,
    '--trace',
    sample('plain.csv'),
    '--speed',
    '60',
    '--warmup',
    '0',
  ]);
  expect(run.code, run.output).toBe(0);
  for (const model of ['small', 'large']) expect(run.stderr).toContain(`probe: ${model} at`);
  expect(mock.truth().filter(({ model }) => model === 'other')).toEqual([]);
});

test('only the bundle that reads CSV carries papaparse', () => {
  const bundles = ['blast', 'constant', 'mix', 'probe', 'ramp', 'replay', 'saturation', 'sla'];
  const carries = bundles.filter((name) => /papaparse/i.test(readFileSync(join(root, 'dist', `${name}.js`), 'utf8')));
  expect(carries).toEqual(['replay']);
});
