import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Chaos } from '../../lib/analysis/chaos/result.ts';
import type { Results } from '../../lib/results.ts';
import type { Action } from '../../scripts/chaos/hooks.ts';
import { folderOf, type Own } from './own.ts';
import { type Ended, startCommand } from './run.ts';

/** As short as a fault can be looked at: answers that are slower show by how many are. */
export const SHORT = { RATE: 20, WARMUP: '3s', INJECT_AT: '10s', RESTORE_AT: '20s', WATCH: '20s' };

export interface ChaosRun extends Ended {
  folder: string;
  results: Results | undefined;
  chaos: Chaos | undefined;
  /** What the injector says that it did. */
  journal: Action[];
}

/** `llmload chaos …` in a folder that goes with its test. */
export function startChaos(own: Own, args: readonly string[], settings: Parameters<typeof startCommand>[1] = {}) {
  const cwd = folderOf(own);
  const { child, ended } = startCommand(['chaos', ...args], { ...SHORT, ...settings }, cwd);
  return { child, cwd, ended: ended.then((run): ChaosRun => ({ ...run, ...readChaos(runIn(cwd)) })) };
}

export const runChaos = (...given: Parameters<typeof startChaos>): Promise<ChaosRun> => startChaos(...given).ended;

/** The only folder under runs/. */
export function runIn(cwd: string): string {
  const runs = join(cwd, 'runs');
  const [name = ''] = existsSync(runs) ? readdirSync(runs) : [];
  return join(runs, name);
}

export function readChaos(folder: string) {
  const read = (file: string) => (existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : '');
  const [json, journal] = [read('results.json'), read('chaos.jsonl').trim()];
  const results = json === '' ? undefined : (JSON.parse(json) as Results);
  return {
    folder,
    results,
    chaos: results?.chaos?.[0],
    journal: journal === '' ? [] : journal.split('\n').map((line) => JSON.parse(line) as Action),
  };
}

/**
 * Detection and recovery against the injector's log: within 1 s, or two intervals. On a machine that is too busy for its servers
 * they are truly late for a while: recovery may be as late as the last request that was.
 */
export function expectTrue({
  chaos,
  journal,
  output,
  folder,
}: Omit<ChaosRun, keyof Ended | 'results'> & { output: string }): void {
  const of = (did: Action['did']) => journal.find((action) => action.did === did);
  const when = (action: Action | undefined) => action?.at ?? action?.asked ?? Number.NaN;
  expect(journal.map(({ did, error }) => error ?? did)).toEqual(['inject', 'restore']);
  expect(chaos, output).toMatchObject({ shown: true, detection: {}, recovery: {} });
  if (!chaos?.detection || !chaos.recovery) return;
  const { detection, recovery, interval } = chaos;
  const [made, undone] = [when(of('inject')), when(of('restore'))];
  const near = Math.max(1000, 2 * interval);
  expect(Math.abs((chaos.injectedAt as number) - made)).toBeLessThan(1000);
  expect(Math.abs(detection.at - made), `detection: ${output}`).toBeLessThanOrEqual(near);
  const over = recovery.unaided ? made : undone;
  const last = Math.max(over, lastSlow(join(folder, 'records.jsonl'), made, over));
  expect(recovery.at, `recovery: ${output}`).toBeGreaterThanOrEqual(over - near);
  expect(recovery.at, `recovery: ${output}`).toBeLessThanOrEqual(last + near);
}

/** Epoch ms of the last token after `since` that came later than any did before `made`. */
function lastSlow(records: string, made: number, since: number): number {
  const rows = readFileSync(records, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.includes('"kind":'))
    .map((line) => JSON.parse(line) as { t: number; ttft: number | null; end: number; gaps: number[] | null });
  const before = rows.filter(({ t, end }) => t + end < made);
  const usual = Math.max(...before.map(({ ttft }) => ttft ?? 0));
  const gap = Math.max(...before.flatMap(({ gaps }) => gaps ?? []));
  let last = 0;
  for (const { t, ttft, gaps } of rows) {
    if (ttft === null) continue;
    let at = t + ttft;
    if (ttft > usual && at > since) last = Math.max(last, at);
    for (const each of gaps ?? []) {
      at += each;
      if (each > gap && at > since) last = Math.max(last, at);
    }
  }
  return last;
}
