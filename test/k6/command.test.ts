/** `llmload run` and `llmload mock`, end to end. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../../lib/analysis/columns/columns.ts';
import type { Results } from '../../lib/results.ts';
import { folderFor, lastLine, mockFor, runCommand, startCommand, until } from './run.ts';

const BLAST = ['run', 'blast', '--requests', '20', '--concurrency', '4', '--warmup', '0s'];

/** The only folder under runs/. */
function savedIn(cwd: string): { folder: string; files: string[] } {
  const [name = '', ...more] = readdirSync(join(cwd, 'runs'));
  expect(more).toEqual([]);
  return { folder: join(cwd, 'runs', name), files: readdirSync(join(cwd, 'runs', name)).sort() };
}

describe('llmload run', () => {
  test('probe, table, what was saved, and the command that repeats it', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    const told = ['--slo', 'errors<1%', '--meta', 'commit=1a2b3c', '--meta', 'gpu=2 x H100'];
    const run = await runCommand([...BLAST, '--url', mock.url, ...told], {}, cwd);
    expect(run.code, run.output).toBe(0);
    const lines = run.stderr.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^probe: mock at http:\S+ answered in .*, first token after .*, 5 tokens, streamed$/);
    expect(run.stdout).toMatch(/^step_4 /m);
    expect(run.stdout).toContain('PASS');

    const { folder, files } = savedIn(cwd);
    expect(folder).toMatch(/\/\d{8}-\d{6}-blast$/);
    expect(files).toEqual(expect.arrayContaining(['records.jsonl', 'results.json', 'table.txt']));
    expect(readFileSync(join(folder, 'table.txt'), 'utf8')).toBe(run.stdout);
    const records = readRecords(readFileSync(join(folder, 'records.jsonl'), 'utf8'));
    expect(records.lines).toHaveLength(20);
    const results = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8')) as Results;
    expect(results.steps[0]?.ok).toBe(20);
    expect(results.run.settings.META).toEqual({ commit: '1a2b3c', gpu: '2 x H100' });
    expect(run.stdout).toContain('\ncommit 1a2b3c · gpu 2 x H100\n');
    for (const file of ['records.jsonl', 'results.json', 'table.txt']) expect(lines.at(-2)).toContain(file);

    const repeat = lines.at(-1) ?? '';
    expect(repeat).toContain('dist/blast.js');
    for (const setting of [`BASE_URL=${mock.url}`, 'TOTAL_REQUESTS=20', 'CONCURRENCY=4', 'WARMUP=0s'])
      expect(repeat).toContain(`-e ${setting}`);
    expect(repeat).toContain("-e 'SLO=errors<1%'");
    expect(repeat).toContain("-e 'META=commit=1a2b3c,gpu=2 x H100'");
    expect(repeat).toContain(`-e SEED=${results.run.settings.SEED}`);
    expect(mock.truth()).toHaveLength(21); // the probe and the load
  });

  test('the repeat command sends the same prompts', async () => {
    const mock = await mockFor();
    const args = [...BLAST, '--url', mock.url, '--run-id', 'fixed'];
    const ids = async (more: string[]) => {
      const cwd = folderFor();
      const run = await runCommand([...args, ...more], {}, cwd);
      const records = readRecords(readFileSync(join(savedIn(cwd).folder, 'records.jsonl'), 'utf8'));
      return { run, ids: records.lines.map((line) => line.id).sort() };
    };
    const first = await ids([]);
    const seed = /-e SEED=(\d+)/.exec(lastLine(first.run.stderr))?.[1] ?? '';
    const second = await ids(['--seed', seed]);
    expect(second.ids).toEqual(first.ids);
  });

  test('flags win over the environment; warnings of k6 once; --json -: results on stdout, the table on stderr', async () => {
    const mock = await mockFor();
    const run = await runCommand([...BLAST, '--url', mock.url, '--requests', '7', '--json', '-'], {
      TOTAL_REQUESTS: 50,
      BASE_URL: 'http://127.0.0.1:9',
      CONCURENCY: 9,
    });
    expect(run.code, run.output).toBe(0);
    expect(mock.truth()).toHaveLength(8);
    expect(run.stderr.match(/CONCURENCY is no setting; did you mean CONCURRENCY\?/g)).toHaveLength(1);
    expect((JSON.parse(run.stdout) as Results).schema).toBe('llmload/results@1');
    expect(run.stderr).toMatch(/^step_4 /m);
  });

  test('--json FILE, RECORDS: where they are told to go', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    const run = await runCommand(
      [...BLAST, '--url', mock.url, '--json', 'own/out.json', '--records', 'sub/r.jsonl'],
      {},
      cwd,
    );
    expect(run.code, run.output).toBe(0);
    expect(existsSync(join(cwd, 'own/out.json'))).toBe(true);
    expect(existsSync(join(cwd, 'sub/r.jsonl'))).toBe(true);
    expect(savedIn(cwd).files).toEqual(['report.html', 'table.txt']);
  });

  test('99 when the SLO fails, with its verdict', async () => {
    const mock = await mockFor();
    const run = await runCommand([...BLAST, '--url', mock.url, '--slo', 'ttft.p50<1ms']);
    expect(run.code).toBe(99);
    expect(run.stdout).toContain('FAIL');
  });

  test('k6 flags after --', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    const run = await runCommand([...BLAST, '--url', mock.url, '--', '--out', 'json=samples.json'], {}, cwd);
    expect(run.code, run.output).toBe(0);
    expect(existsSync(join(cwd, 'samples.json'))).toBe(true);
    expect(lastLine(run.stderr)).toMatch(/--out json=samples.json$/);
  });

  test('mix: one probe a model', async () => {
    const mock = await mockFor({ models: ['a', 'b'] });
    const run = await runCommand([
      'run',
      'mix',
      '--url',
      mock.url,
      '--requests',
      '10',
      '--model-a',
      'a',
      '--model-b',
      'b',
    ]);
    expect(run.code, run.output).toBe(0);
    expect(run.stderr.match(/^probe: [ab] at/gm)).toEqual(['probe: a at', 'probe: b at']);
    expect(run.stdout).toContain('routing PASS');
  });

  test('DRIVER=http: k6 shows its own progress, nothing is called TTFT', async () => {
    const mock = await mockFor();
    const run = await runCommand([...BLAST, '--url', mock.url, '--driver', 'http']);
    expect(run.code, run.output).toBe(0);
    expect(run.stdout).toMatch(/not measured/);
    expect(run.stdout).toMatch(/iterations|running/);
  });

  test('a live line every ten seconds where there is no terminal', async () => {
    const mock = await mockFor();
    const args = ['run', 'constant', '--url', mock.url, '--rate', '10', '--duration', '12s', '--warmup', '0s'];
    const run = await runCommand(args);
    expect(run.code, run.output).toBe(0);
    expect(run.stderr).toMatch(
      /^step_10 · 0:0\d left · \d+ in flight · last \d+ s: [\d.]+ req\/s [\d.]+ tok\/s · TTFT p50 [\d.]+ p99 [\d.]+ ms · 0 of \d+ failed$/m,
    );
  });

  test('SIGINT: summary, files, 130', async () => {
    const mock = await mockFor();
    const cwd = folderFor();
    const { child, ended } = startCommand(
      ['run', 'constant', '--url', mock.url, '--rate', '20', '--duration', '10m'],
      {},
      cwd,
    );
    await until(() => mock.truth().filter((entry) => entry.end !== null).length >= 60); // past the warm-up
    child.kill('SIGINT');
    const run = await ended;
    expect(run.code, run.output).toBe(130);
    expect(run.stdout).toMatch(/^step_20 /m);
    const { folder } = savedIn(cwd);
    const records = readRecords(readFileSync(join(folder, 'records.jsonl'), 'utf8'));
    expect(records.doubts).toEqual([]);
    expect(existsSync(join(folder, 'results.json'))).toBe(true);
  });
});

describe('llmload run stops before any load', () => {
  const stops: { what: string; args: string[]; code: number; says: RegExp; requests?: number }[] = [
    { what: 'a bad value', args: ['blast', '--concurrency', 'x'], code: 107, says: /CONCURRENCY="x": not a number/ },
    { what: 'a bad SLO', args: ['blast', '--slo', 'fast'], code: 107, says: /SLO="fast": no such profile/ },
    { what: 'a bad label', args: ['blast', '--meta', 'a=1', '--meta', 'b'], code: 107, says: /"b" is no name=value/ },
    { what: 'a mix of one', args: ['mix', '--model-a', 'mock'], code: 107, says: /MODEL_B="": not set/ },
    { what: 'an unknown flag', args: ['blast', '--concurency', '3'], code: 107, says: /did you mean --concurrency/i },
    { what: 'a stray word', args: ['blast', 'host:1'], code: 107, says: /"host:1" belongs to no flag; .* --url/ },
    { what: 'an unknown scenario', args: ['blats'], code: 1, says: /no scenario blats; there are: constant, ramp/ },
    { what: 'an unknown model', args: ['blast', '--model', 'x'], code: 1, says: /no model x at .*: mock/, requests: 1 },
    { what: 'a wrong path', args: ['blast', '--path-chat', '/x'], code: 1, says: /no \/x at .*set PATH_CHAT/ },
    {
      what: 'no stream',
      args: ['blast', '--model', 'mock~no_stream'],
      code: 1,
      says: /answers whole although STREAM=true/,
      requests: 1,
    },
    {
      what: 'one bad model of a mix',
      args: ['mix', '--model-a', 'mock', '--model-b', 'other'],
      code: 1,
      says: /no model other/,
      requests: 2,
    },
  ];
  test.each(stops)('$what', async ({ args, code, says, requests = 0 }) => {
    const mock = await mockFor();
    const cwd = folderFor();
    const run = await runCommand(['run', ...args, '--url', mock.url], {}, cwd);
    expect(run.code, run.output).toBe(code);
    expect(lastLine(run.stderr)).toMatch(/^llmload: /);
    expect(lastLine(run.stderr)).toMatch(says);
    expect(run.stdout).toBe('');
    expect(mock.truth()).toHaveLength(requests);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test('a bad value in the environment', async () => {
    const run = await runCommand(['run', 'constant'], { RATE: 'fast' });
    expect(run.code).toBe(107);
    expect(run.stderr).toBe('llmload: RATE="fast": not a number; allowed: a number of 0.001 or more (req/s)\n');
  });

  test('a dead server', async () => {
    const mock = await mockFor();
    await mock.close();
    const run = await runCommand(['run', 'ramp', '--url', mock.url]);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^llmload: no answer from http:.*refused\n$/);
  });

  test('a wrong key', async () => {
    const mock = await mockFor({ apiKey: 'right' });
    const run = await runCommand(['run', 'ramp', '--url', mock.url, '--model', 'mock'], { API_KEY: 'wrong' });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^llmload: .* does not accept this API_KEY .*\n$/);
  });

  test('no stream is fine where none is asked for', async () => {
    const mock = await mockFor();
    const run = await runCommand([...BLAST, '--url', mock.url, '--model', 'mock~no_stream', '--stream', 'false']);
    expect(run.code, run.output).toBe(0);
  });
});

describe('llmload mock', () => {
  test('prints its URL and an example, serves, and stops on SIGTERM', async () => {
    const { child, ended } = startCommand([
      'mock',
      '--models',
      'x,y',
      '--tokens',
      '3',
      '--ttft-ms',
      '1',
      '--token-ms=1',
    ]);
    let said = '';
    child.stdout?.on('data', (text: string) => {
      said += text;
    });
    await until(() => said.includes('try: '));
    const url = /http:\/\/[\d.:]+/.exec(said)?.[0] ?? '';
    const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data.map(({ id }) => id)).toEqual(['x', 'y']);
    expect(said).toContain(`llmload run constant --url ${url} --model x`);
    child.kill('SIGTERM');
    const run = await ended;
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('models with options of their own', async () => {
    const { child, ended } = startCommand(['mock', '--model', 'a:tokens=3', '--model', 'b:tokens=4']);
    let said = '';
    child.stdout?.on('data', (text: string) => {
      said += text;
    });
    await until(() => said.includes('try: '));
    const url = /http:\/\/[\d.:]+/.exec(said)?.[0] ?? '';
    const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] };
    expect(models.data.map(({ id }) => id)).toEqual(expect.arrayContaining(['a', 'b']));
    child.kill('SIGINT');
    expect((await ended).code).toBe(0);
  });

  test('a bad value', async () => {
    const bad = await runCommand(['mock', '--ttft-ms', 'long']);
    expect({ code: bad.code, stderr: bad.stderr }).toEqual({
      code: 107,
      stderr: expect.stringMatching(/^llmload: --ttft-ms "long" is not allowed: .*\n$/),
    });
  });
});
