/** The `sla` scenario's results, from records to text. */
import { describe, expect, it } from 'vitest';
import { analyze } from '../../lib/analysis/analyze.ts';
import { columnsOf } from '../../lib/analysis/columns/columns.ts';
import { rates } from '../../lib/load/open.ts';
import { certifiesSla } from '../../lib/report/sla.ts';
import { textReport } from '../../lib/report/text.ts';
import type { Results } from '../../lib/results.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { line, times } from './make.ts';
import { PLAN, resultsOf } from './results.ts';

/** Each rate for so many seconds, of which the TTFT rises with the rate. */
function sla(all: number[], seconds: number, slo: string): Results {
  const plan = rates({ rates: all, duration: seconds * 1000, warmup: 0, timeout: 1, vus: undefined });
  const lines = all.flatMap((rate, k) =>
    times(rate * seconds, (i) =>
      line(1000 * (k * seconds + i / rate), {
        scenario: `step_${rate}`,
        ttft: 20 * rate + (i % 50),
        e2e: 3000,
        end: 3000,
        gaps: [20, 22, 24],
      }),
    ),
  );
  const found = analyze(columnsOf(lines), {
    steps: plan.steps,
    terms: parseSlo(slo),
    confidence: 0.99,
    extras: [certifiesSla],
    wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
  });
  return {
    ...resultsOf([], PLAN),
    steps: found.steps,
    slo: found.slo,
    audit: [],
    ...(found.drift && { drift: found.drift }),
  };
}

/** The report below the table of steps. */
const below = (results: Results): string => textReport(results, [certifiesSla]).split('\n\n').slice(2).join('\n\n');
const widest = (text: string) => Math.max(...text.split('\n').map((l) => l.length));

describe('the report of an SLA', () => {
  it('at one rate has a row a term', () => {
    const text = below(sla([5], 30, 'ttft.p50<200,ttft.p99<1s,itl.p99<100,itl.p99<30,errors<0.5%,throughput>10'));
    expect(widest(text)).toBeLessThanOrEqual(120);
    expect(text).toMatchInlineSnapshot(`
      "drift is looked for in steps of 10 min or more

      SLO             measured misses     of allowed confidence verdict
      ttft.p50<200      125 ms      0    150      60       99 % PASS
      ttft.p99<1s       149 ms      0    150       –       99 % INCONCLUSIVE needs 309 more requests, 1.0 min at 5 req/s
      itl.p99<30       24.0 ms      0    150       –       99 % INCONCLUSIVE needs 309 more requests, 1.0 min at 5 req/s
      errors<0.5%           0%      0    150       0   observed PASS         true rate below 3 % at 99 % confidence
      throughput>10       47.2      –    150       –   observed PASS
      overall INCONCLUSIVE · percentiles certified at 99 % · as observed: error rate, throughput · ITL counts requests: by
          their own p99 gap, P50 by their mean gap · more requests: if the same share of them misses
      "
    `);
  });

  it('at several rates has a row a metric and a column a rate', () => {
    const text = below(sla([5, 20, 40], 30, 'ttft.p50<500,ttft.p99<500,itl.p50<30,errors<0.5%'));
    expect(widest(text)).toBeLessThanOrEqual(120);
    expect(text).toMatchInlineSnapshot(`
      "drift is looked for in steps of 10 min or more

                          ────── 5 req/s ───────  ────── 20 req/s ───────  ────── 40 req/s ───────
      SLO        limit     measured verdict         measured verdict         measured verdict
      TTFT P50   <500        125 ms PASS              425 ms PASS              825 ms FAIL
      TTFT P99   <500        149 ms INCONCLUSIVE      449 ms PASS              849 ms FAIL
      ITL P50    <30        22.0 ms PASS             22.0 ms PASS             22.0 ms PASS
      error rate <0.5%           0% PASS                  0% PASS                  0% PASS
      throughput         47.2 tok/s              187.0 tok/s              372.9 tok/s
      overall                       INCONCLUSIVE             PASS                     FAIL
      5 req/s · ttft.p99<500: needs 309 more requests, 1.0 min at 5 req/s
      5 req/s · errors<0.5%: true rate below 3 % at 99 % confidence
      20 req/s · errors<0.5%: true rate below 0.76 % at 99 % confidence
      40 req/s · errors<0.5%: true rate below 0.38 % at 99 % confidence
      overall FAIL · percentiles certified at 99 % · as observed: error rate · ITL counts requests: by their own p99 gap, P50
          by their mean gap · more requests: if the same share of them misses
      "
    `);
  });

  it('goes on below where the rates are too many for a line', () => {
    const text = below(sla([1, 2, 3, 4, 5, 6], 5, 'ttft.p99.9<123456,itl.p50<30,errors<0.5%'));
    expect(widest(text)).toBeLessThanOrEqual(120);
    expect(text.match(/^overall {2}/gm)).toHaveLength(2);
    expect(text.match(/─ \d req\/s ─/g)).toHaveLength(6);
  });

  it('tells drift of each step that has it', () => {
    const results = sla([2], 600, 'ttft.p50<500');
    expect(below(results)).toMatch(/^no drift of TTFT shown \(99 % interval .*\)\nno drift of ITL shown/);
    const [drift] = results.drift ?? [];
    if (!drift) throw new Error('no drift');
    const shown = { ...drift, step: 'step_3', shown: true, sentence: 'TTFT rises by 210 ms an hour' };
    const several: Results = { ...sla([2, 3], 600, 'ttft.p50<500'), drift: [drift, shown] };
    expect(below(several)).toMatch(
      /^step_3: TTFT rises by 210 ms an hour\nno other drift of TTFT, ITL or errors shown\n/,
    );
  });

  it('certifies nothing where nothing was measured', () => {
    const text = below({ ...sla([5], 30, 'ttft.p99<1s'), slo: resultsOf([], PLAN, 'ttft.p99<1s').slo });
    expect(text).toContain('overall NOT_MEASURED · nothing is certified');
  });
});
