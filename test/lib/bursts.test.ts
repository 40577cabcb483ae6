import { describe, expect, it } from 'vitest';
import { auditBursts } from '../../lib/analysis/audit/bursts.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import { judge } from '../../lib/analysis/verdict.ts';
import { createRandom } from '../../lib/random.ts';
import { parseTerm, requestLimits } from '../../thresholds/slo.ts';
import { line, open, times } from './make.ts';

/** Ten requests a second for 200 s, those that are `slow` with TTFT, TPOT and gaps over any limit. */
function doubts(text: string, slow: (i: number) => boolean, confidence: number | undefined = 0.99) {
  const term = parseTerm(text);
  const ten = Array(9).fill(100);
  const tail = Array(9).fill(300);
  const lines: RecordLine[] = times(2000, (i) =>
    line(100 * i, slow(i) ? { ttft: 900, e2e: 3600, end: 3600, gaps: tail } : { gaps: ten }),
  );
  const columns = columnsOf(lines);
  const step = open({ load: { kind: 'open', rate: 10 }, duration: 200_000 });
  const measured = stepData(columns, [step]).map((data) => measureStep(columns, data, requestLimits([term])));
  const slo = measured.map((m) => judge(m.result, term, m, confidence ? { confidence, columns } : undefined));
  return auditBursts(columns, measured, slo);
}

const together = (i: number) => i >= 1000 && i < 1060;
const TERMS = ['ttft.p90<200', 'itl.p99<200', 'itl.p50<200', 'tpot.p90<200', 'e2e.p95<2s'];

describe('misses that come in bursts', () => {
  it.each(TERMS)('make a certified %s doubtful', (text) => {
    const [doubt, ...more] = doubts(text, together);
    expect(more).toEqual([]);
    expect(doubt).toMatchObject({ check: `bursts.step_1.${text}`, ok: false });
    // 60 misses in one of 20 blocks: 20 / 19 × (57² + 19 × 3²) / (2000 × 0.03 × 0.97) = 61.9, and 2000 / 61.9 = 32.
    expect(doubt?.value).toBe(32);
    expect(doubt?.sentence).toBe(
      `step_1: requests over ${text} come in bursts: 2000 requests tell as much as about 32 independent ones, so its verdict is less sure than 99 %`,
    );
  });

  it.each(TERMS)('are no doubt of an even spread: %s', (text) => expect(doubts(text, (i) => i % 33 === 0)).toEqual([]));

  it('are seldom found in independent misses', () => {
    const found = times(100, (seed) => {
      const random = createRandom(seed + 1);
      return doubts('ttft.p90<200', () => random() < 0.02).length;
    });
    expect(found.filter((n) => n > 0).length).toBeLessThanOrEqual(1);
  });

  it.each([
    ['fewer than five', (i: number) => i < 4, 0.99],
    ['an observed verdict', together, 0],
    ['an inconclusive one', (i: number) => i >= 1000 && i < 1190, 0.99],
  ])('are not looked for in %s', (_, slow, confidence) => expect(doubts('ttft.p90<200', slow, confidence)).toEqual([]));
});
