import { describe, expect, it } from 'vitest';
import { summaryMarkdown } from '../../lib/report/summary.ts';
import type { Bench, Limit, Results, SloResult } from '../../lib/results.ts';
import { explainedRun, suiteRun } from '../report/explained.ts';
import { EXPECTED, LINES, PLAN, resultsOf } from './results.ts';

const full = (): Results => resultsOf(LINES, PLAN, 'ttft.p99<200,errors<0.5%', EXPECTED);
/** Nothing failed. */
const well = (slo = ''): Results => resultsOf(LINES.slice(0, 5), PLAN, slo);

const paragraphs = (results: Results): string[] => summaryMarkdown(results).split('\n\n');
const heading = (results: Results): string | undefined => paragraphs(results)[0];
const sentence = (results: Results): string | undefined => paragraphs(results)[2];

describe('the summary of a step', () => {
  it('has all that a run found', () => {
    const results = full();
    results.run.settings.META = { commit: '1a2b3c', gpu: 'H100' };
    expect(summaryMarkdown(results)).toMatchInlineSnapshot(`
      "### llmload constant: FAIL

      llama-3.1-8b-instruct, llama-3.1-70b-instruct at http://127.0.0.1:8000 · commit 1a2b3c · gpu H100

      errors\\<0.5% does not hold: 15.0%; 1 of 2 hold

      | SLO, observed | step | measured | misses | of | allowed | verdict |  |
      | --- | --- | ---: | ---: | ---: | ---: | --- | --- |
      | ttft.p99\\<200 | step\\_2 | 118 ms | 0 | 17 | 0 | PASS | to certify at 99 %: 459 requests, no more misses |
      | errors\\<0.5% | step\\_2 | 15.0% | 3 | 20 | 0 | FAIL | true rate below 42 % at 99 % confidence |

      | step | asked | req/s | requests | errors | tok/s | TTFT ms p50 | TTFT ms p99 | ITL ms p99 | E2E ms p99 |
      | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
      | step\\_2 | 2 req/s | 1.90 | 19 | 15.0% | 17.9 | 110 | 118 | 100 | 1000 |
      | ↳ llama-3.1-8b-instruct |  | 1.00 | 10 | 10.0% | 9.90 | 110 | 118 | 100 | 1000 |
      | ↳ llama-3.1-70b-instruct |  | 0.90 | 9 | 11.1% | 8.00 | 110 | 117 | 100 | 1000 |

      - routing FAIL: 1 of 18 answers name another model than was asked
      - http\\_error × 1: HTTP 500: broken (llama-3.1-70b-instruct, id-2500)
      - wrong\\_model × 1: asked one, answered by other (llama-3.1-8b-instruct, id-4000)
      - doubt: step\\_2: 1 of 20 planned requests were never sent (5.0 %): all VUs were waiting; they count as failed. More VUS, or less RATE

      <details><summary>run and settings, times in ms</summary>

      | setting | value |
      | --- | --- |
      | run | 0a1b2c3d-0000-4000-a000-000000000000 |
      | started | 2026-01-01T00:00:00.000Z |
      | llmload | 0.0.0-test |
      | driver | native |
      | warm-up requests | 0 |
      | SEED | 7 |

      </details>
      "
    `);
  });

  it('says what the gate says, and nothing where nothing was judged', () => {
    expect(heading(full())).toBe('### llmload constant: FAIL');
    expect(heading(well())).toBe('### llmload constant');
    expect(heading(well('ttft.p99<200'))).toBe('### llmload constant: PASS');
    const unmeasured = well('ttft.p99<200,e2e.p99<9s');
    Object.assign(unmeasured.slo[1] as SloResult, { verdict: 'NOT_MEASURED', measured: null });
    expect(heading(unmeasured)).toBe('### llmload constant: NOT MEASURED');
    expect(sentence(unmeasured)).toBe('e2e.p99\\<9s was not measured; 1 of 2 hold');
    const threw = well('ttft.p99<200');
    threw.failures.push({ outcome: 'exception', count: 1, inWarmup: 0, model: 'm', error: 'x is not defined' });
    expect(heading(threw)).toBe('### llmload constant: FAIL');
  });

  it('says in a sentence what came of the SLO', () => {
    const judged = (...verdicts: SloResult['verdict'][]) => {
      const results = well('ttft.p99<200');
      const [one] = results.slo as [SloResult];
      results.slo = verdicts.map((verdict, k) => ({ ...one, verdict, term: `e2e.p${k}<9s` }));
      return results;
    };
    expect(sentence(judged('PASS'))).toBe('e2e.p0\\<9s holds');
    expect(sentence(judged('PASS', 'PASS'))).toBe('all 2 limits of the SLO hold');
    expect(sentence(judged('FAIL'))).toBe('e2e.p0\\<9s does not hold: 104 ms');
    expect(sentence(judged('PASS', 'INCONCLUSIVE', 'FAIL'))).toBe(
      'e2e.p1\\<9s cannot be told yet: 104 ms; e2e.p2\\<9s does not hold: 104 ms; 1 of 3 hold',
    );
    const two = judged('FAIL', 'PASS');
    two.slo[1] = { ...(two.slo[1] as SloResult), step: 'step_9' };
    expect(sentence(two)).toBe('e2e.p0\\<9s does not hold at step\\_2: 104 ms; 1 of 2 hold');
  });

  it('leads with what a bench, a search or a comparison came to', () => {
    const limit: Limit = {
      by: 'rate',
      range: [2, 3],
      rule: 'backlog',
      rules: ['backlog'],
      recommended: 2,
      throughput: null,
      sentence: '2 to 3 req/s',
      checks: [],
    };
    const comparison = { a: 'a', b: 'b', blocks: 0, blockMs: 0, differences: [], sentence: 'b adds 3 ms' };
    expect(sentence({ ...well('ttft.p99<200'), limit, comparison })).toBe(
      'limit: 2 to 3 req/s<br>b adds 3 ms<br>ttft.p99\\<200 holds',
    );
    const bench: Bench = { sentence: '2 holds it', verdict: 'PASS', quick: false, phases: [], interrupted: false };
    expect(sentence({ ...well('ttft.p99<200'), limit, bench })).toBe('2 holds it');
    expect(sentence({ ...well('ttft.p99<200'), steps: [], slo: [], bench })).toBe('2 holds it');
    expect(sentence({ ...well(), steps: [], slo: [] })).toBe('nothing was measured');
  });

  it('shows which loads held, a comparison, verdicts on a router, and what it costs', () => {
    const results = well();
    results.limit = {
      by: 'rate',
      range: [2, null],
      rule: null,
      rules: [],
      recommended: 2,
      throughput: null,
      sentence: 'nothing broke',
      checks: [{ rule: 'errors', step: 'step_2', value: 0, low: 0, high: 0, line: 0.005, verdict: 'held', why: '' }],
    };
    const figure = { a: 50, b: 52, delta: 2, low: 1, high: 3, confidence: 0.99, shown: true };
    results.comparison = {
      a: 'direct',
      b: 'router',
      blocks: 30,
      blockMs: 2000,
      differences: [{ figure: 'ttft.p50', ...figure }],
      sentence: '',
    };
    results.router = {
      backends: [],
      verdicts: [{ check: 'split', model: 'small', verdict: 'FAIL', value: 0, why: 'a got all' }],
    };
    results.cost = { rows: [], asked: { loadFactor: 0.7, headroom: 0 }, notes: ['a note on costs'] };
    const text = summaryMarkdown(results);
    expect(text).toMatch(/^\| step\\_2 \| 2 req\/s \|.* held \|$/m);
    expect(text).toMatch(/^\| TTFT p50 ms \| 50\.0 \| 52\.0 \| \+2\.0 \|/m);
    expect(text).toContain('\n- split small FAIL: a got all\n');
    expect(text).toContain('| configuration |');
    expect(text).toContain('\n- a note on costs\n');
    expect(heading(results)).toBe('### llmload constant: FAIL');
  });

  it('shows faults, and the bottleneck of the server', () => {
    const broken = suiteRun().results;
    const text = summaryMarkdown(broken);
    expect(heading(broken)).toBe('### llmload chaos: FAIL');
    expect(sentence(broken)).toContain('network partition of a node: not recovered within 20 s<br>');
    expect(text.split('\n\n').find((part) => part.startsWith('| failure'))).toMatchInlineSnapshot(`
      "| failure | detected | by | recovered | errors during | tok/s | TTFT p99 | verdict |
      | --- | ---: | --- | ---: | ---: | ---: | ---: | --- |
      | 1 of 4 backends dead | 0.4 s | errors | 12.0 s\\* | 9.67% | × 0.90 | × 2.60 | PASS |
      | network partition of a node | 1.0 s | no answers | never | 9.67% | × 0.40 | × 14 | FAIL |
      | an injector that does nothing | – |  | – | 9.67% | – | – | NOT SHOWN |"
    `);
    const explained = explainedRun({ loads: [2, 6, 14] }).results;
    expect(summaryMarkdown(explained)).toContain(
      '\n\n- bottleneck: KV cache (step\\_14): requests wait: 14 at 14 req/s while the KV cache is at 99 %\n',
    );
  });

  it('shows names and answers of a server letter by letter', () => {
    const results = full();
    const name = 'a|b <img src=x> `c` [d](e) *f* &amp;';
    results.target.models = [name];
    results.failures = [{ outcome: 'http_error', count: 1, inWarmup: 0, model: 'm', error: '<h1>no\n\n# way' }];
    results.run.settings = { HEADERS: 'X: a|b', META: { by: '<me>' } };
    const text = summaryMarkdown(results);
    expect(text).toContain('a\\|b \\<img src=x> \\`c\\` \\[d\\](e) \\*f\\* \\&amp;');
    expect(text).toContain('- http\\_error × 1: \\<h1>no # way (m)\n');
    expect(text).toContain('| HEADERS | X: a\\|b |');
    expect(text).toContain('· by \\<me>\n');
    expect(text).not.toMatch(/(?<!\\)<(?!\/?(details|summary|br)>)/);
  });
});
