/** `llmload cost`, end to end: a real run, its price, and the exit codes. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CostRow } from '../../lib/analysis/cost/cost.ts';
import type { Results } from '../../lib/results.ts';
import { root } from '../../scripts/build/root.mjs';
import { folderFor, mockFor, runCommand } from './run.ts';

const SATURATE = join(root, 'test/fixtures/results/saturate.json');

describe('llmload cost', () => {
  test('prices what a run measured', async () => {
    const mock = await mockFor({ tokens: 5 });
    const cwd = folderFor();
    const load = ['--rate', '20', '--duration', '2s', '--warmup', '0s'];
    const run = await runCommand(['run', 'constant', '--url', mock.url, ...load], {}, cwd);
    expect(run.code, run.output).toBe(0);
    const folder = join('runs', readdirSync(join(cwd, 'runs'))[0] ?? '');

    const priced = ['--price', '3.60', '--gpus', '2', '--json', 'cost.json'];
    const cost = await runCommand(['cost', folder, ...priced], {}, cwd);
    expect(cost.code, cost.output).toBe(0);
    expect(cost.stdout).toMatch(/^here · 20 req\/s measured, run +2 +3\.60 +7\.20 /m);

    expect((await runCommand(['cost', 'last', '--price', '3.60', '--gpus', '2'], {}, cwd)).stdout).toBe(cost.stdout);

    const [step] = (JSON.parse(readFileSync(join(cwd, folder, 'results.json'), 'utf8')) as Results).steps;
    const { rows } = JSON.parse(readFileSync(join(cwd, 'cost.json'), 'utf8')) as { rows: CostRow[] };
    const throughput = step?.throughput ?? Number.NaN;
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ basis: 'run', measured: true, loadFactor: 1, tokensPerSecond: throughput });
    expect(rows[0]?.dollarsPerMillion.output).toBeCloseTo(2000 / throughput, 6);
    expect(rows[0]?.outputPerRequest).toBe(5);
    const share = (rows[0]?.outputPerRequest as number) / (rows[0]?.inputPerRequest as number);
    expect(rows[0]?.dollarsPerMillion.input).toBeCloseTo((2000 / throughput) * share, 6);
  });

  test('the example, and --json -', async () => {
    const { code, stdout, stderr } = await runCommand(['cost', '--json']);
    expect(code).toBe(0);
    expect(stderr).toContain('nothing here was measured');
    const { rows, ...said } = JSON.parse(stdout);
    expect(said).toMatchObject({ schema: 'llmload/cost@1', loadFactor: 0.7, headroom: 0 });
    expect(rows.map((r: CostRow) => r.dollarsPerMillion.output.toFixed(2))).toEqual(['1.74', '0.93', '0.50', '0.50']);
  });

  test('runs and a table, in Markdown', async () => {
    const cwd = folderFor();
    writeFileSync(join(cwd, 'gpus.csv'), 'name,GPUs,$/GPU-hour,tokens/s\nmine,1,2,1000\n');
    const args = ['cost', SATURATE, '--price', '3.5', '--name', 'mock', '--table', 'gpus.csv', '--markdown'];
    const { code, stdout } = await runCommand(args, {}, cwd);
    expect(code).toBe(0);
    for (const row of [
      '| mock · 80 req/s | measured, saturation |',
      '| mock · 56.6 req/s | measured, knee |',
      '| mine | assumed |',
    ])
      expect(stdout).toContain(row);
  });

  test.each([
    [['--price', '3'], 107, '--price is about a run'],
    [[SATURATE], 107, 'no --price'],
    [[SATURATE, '--price', 'free'], 107, '--price="free": not a price; allowed: dollars above 0'],
    [[SATURATE, '--price', '3', '--gpus', '1.5'], 107, '--gpus="1.5": not a number of GPUs'],
    [['--headroom', '30%'], 107, '--headroom is about a --load'],
    [['--table', 'none.csv'], 107, '--table="none.csv": there is no such file'],
    [['--watts', '700'], 107, "unknown option '--watts'"],
    [['none', '--price', '3'], 1, 'none cannot be read: there is no such file'],
    [[join(root, 'package.json'), '--price', '3'], 1, 'holds no results of a run'],
  ])('cost %j ends with %d: %s', async (args, exit, line) => {
    const { code, stdout, stderr } = await runCommand(['cost', ...args], {}, folderFor());
    expect([code, stdout]).toEqual([exit, '']);
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(line)]);
  });
});
