/** `llmload chaos --suite`, end to end: each of its faults against what the injector says that it did. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { SUITE } from '../../scripts/chaos/suite.ts';
import { expectTrue, readChaos, runIn, startChaos } from './chaos-runs.ts';
import { runCommand } from './run.ts';

// Most of each is waiting; of more at a time the machine would be busy enough to show among the latencies.
vi.setConfig({ maxConcurrency: 3 });

describe('llmload chaos --suite', () => {
  test.concurrent.for(Object.keys(SUITE))('%s: shown, and seen when it was there', async (name, own) => {
    const { cwd, ended } = startChaos(own, ['--suite', '--only', name, '--vus', '150']);
    const run = await ended;
    expect(run.code, run.output).toBe(0);
    const folder = join(runIn(cwd), `1-${name}`);
    const { results, chaos, journal } = readChaos(folder);
    const noted = name === 'spike' ? notesOf(folder) : journal;
    expectTrue({ chaos, journal: noted, output: run.output, folder });
    expect(chaos).toMatchObject({ fault: SUITE[name]?.called, verdict: 'PASS' });
    expect(results?.run.settings).not.toHaveProperty('CHAOS_INJECT_URL', expect.stringContaining('http'));

    expect(run.results?.steps.map((step) => step.name)).toEqual([`${name} pre`, `${name} during`, `${name} post`]);
    expect(run.chaos).toEqual({
      ...chaos,
      steps: { pre: `${name} pre`, during: `${name} during`, post: `${name} post` },
    });
    expect(run.stdout).toContain(SUITE[name]?.called);
    expect(readdirSync(runIn(cwd))).toEqual(expect.arrayContaining(['report.html', 'results.json', 'table.txt']));
    if (name !== 'two-dead') return;
    const report = await runCommand(['report', runIn(cwd)], {}, cwd);
    expect(report.code, report.output).toBe(0);
    expect(report.output).not.toContain('is not there');
  });
});

/** Where the load is the fault its notes are all the truth there is. */
const notesOf = (folder: string) =>
  readFileSync(join(folder, 'records.jsonl'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"kind":"fault"'))
    .map((line) => JSON.parse(line));
