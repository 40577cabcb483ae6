/** `llmload chaos --suite`, end to end: each of its faults against what the injector says that it did. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { SUITE } from '../../scripts/chaos/suite.ts';
import { expectTrue, readChaos, runIn, startChaos } from './chaos-runs.ts';
import { runCommand } from './run.ts';

// Most of each is waiting; of more at a time the machine would be busy enough to show among the latencies.
vi.setConfig({ maxConcurrency: 3 });

/**
 * One that breaks connections, one that holds them. Those that slow them a busy machine may hide: `npm run bench:chaos` has all, and
 * test/sim/chaos has them in virtual time.
 */
const TRIED = ['two-dead', 'partition'];

describe('llmload chaos --suite', () => {
  test.concurrent.for(TRIED)('%s: shown, and seen when it was there', async (name, own) => {
    const { cwd, ended } = startChaos(own, ['--suite', '--only', name, '--vus', '150']);
    const run = await ended;
    // 3: the machine was too busy for servers that answer evenly, and so the load was unsteady before the fault.
    expect([0, 3], run.output).toContain(run.code);
    const folder = join(runIn(cwd), `1-${name}`);
    const { results, chaos, journal } = readChaos(folder);
    expectTrue({ chaos, journal, output: run.output, folder });
    expect(chaos).toMatchObject({ fault: SUITE[name]?.called, verdict: run.code === 0 ? 'PASS' : 'INCONCLUSIVE' });
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
