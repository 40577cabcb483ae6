import { describe, expect, it } from 'vitest';
import { evidenceOf } from '../../lib/analysis/limit/evidence.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import { findsKnee } from '../../lib/report/knee.ts';
import { findsLimit, limitText } from '../../lib/report/limit.ts';
import { ratesTable } from '../../lib/report/rates.ts';
import type { Limit, Results } from '../../lib/results.ts';
import { slots } from '../sim/servers.ts';
import { open, Simulation } from '../sim/simulation.ts';

/** A server of 20 req/s at a baseline and five rates. */
function found(vus?: number): Pick<Results, 'steps' | 'limit' | 'knee'> {
  const sim = new Simulation(slots({ slots: 20, ttft: 200, tokenTime: 20, tokens: 41 }), 1);
  const rates = [5, 10, 15, 20, 40].map((r) => open(r, 30, vus ? { vus } : {}));
  const { columns, steps } = sim.run([open(1, 60, { name: 'baseline' }), ...rates]);
  const measured = stepData(columns, steps).map((data) => measureStep(columns, data, { ttft: 1000 }));
  expect(measured.map((m) => evidenceOf(columns, m).asked)).toEqual([60, 150, 300, 450, 600, 1200]);
  const all = Object.assign({}, ...[findsLimit, findsKnee].map((extra) => extra.find(columns, measured, [])));
  return { steps: measured.map((m) => m.result), ...all };
}
const words = (line: string | undefined) => line?.trim().split(/ +/) ?? [];

describe('the table of rates', () => {
  it('has a line a load, with its verdict', () => {
    const [, head, ...rows] = ratesTable(found());
    expect(words(head)).toEqual(
      'asked got requests errors sent late flight tok/s p50 p95 p99 p50 p99 ms req/s'.split(' '),
    );
    expect(rows.map((row) => [words(row)[0], words(row).at(-1)])).toEqual([
      ['1', 'baseline'],
      ['5', 'held'],
      ['10', 'held'],
      ['15', 'held'],
      ['20', 'held'],
      ['40', 'backlog'],
    ]);
    for (const row of rows) expect(row.length).toBeLessThanOrEqual(120);
  });

  it('blames the client where it gave out', () => {
    const rows = ratesTable(found(12)).slice(2);
    expect(rows.map((row) => words(row).at(-1))).toEqual(['baseline', 'held', 'held', 'client', 'client', 'client']);
    expect(limitText(found(12))[0]).toMatch(/^limit: holds 10 req\/s; at 15 req\/s the client gave out/);
  });

  it('says so where nothing was measured', () => expect(ratesTable({ steps: [] })).toEqual(['nothing was measured']));

  it('leaves verdicts out where nothing was judged', () => {
    const { steps } = found();
    expect(words(ratesTable({ steps }).at(-1)).at(-1)).not.toBe('backlog');
  });
});

describe('the limit in words', () => {
  it('is the range, why, what to use, and the throughput', () => {
    const { limit, steps, knee } = found();
    expect(limitText({ limit: limit as Limit, steps }).join(' ')).toMatch(
      /^limit: holds 20 req\/s, breaks at 40 req\/s: 50 % of the arrivals pile up .* recommended: up to 20 req\/s \(the highest that held\) max throughput 815\.8 tok\/s at 20 req\/s$/s,
    );
    expect(findsKnee.text({ knee } as Results).join(' ')).toMatch(/^knee at 20 req\/s/);
  });

  it('says why there is none without records', () => {
    const { steps } = found();
    expect(limitText({ steps })).toEqual(['limit: not judged: its rules need the records that bin/k6 keeps']);
    expect(limitText({ steps: [] })).toEqual([]);
  });
});
