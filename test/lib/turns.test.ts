import { describe, expect, it } from 'vitest';
import type { RecordLine } from '../../lib/analysis/columns/columns.ts';
import { conversationLoad } from '../../lib/load/conversations.ts';
import { textReport } from '../../lib/report/text.ts';
import { showsTurns } from '../../lib/report/turns.ts';
import type { Results } from '../../lib/results.ts';
import { failure, line, times } from './make.ts';
import { resultsOf } from './results.ts';

const PLAN = conversationLoad(
  { concurrency: 4, conversations: 4, duration: undefined, thinkTime: 2000, warmup: 0, timeout: 1000 },
  100,
);
/** Question `turn` of conversation `c`, a hundred tokens longer than the one before; what was before it is cached. */
const question = (c: number, turn: number, parts: RecordLine = {}): RecordLine =>
  line(10_000 * turn + 100 * c, {
    scenario: 'step_4',
    session: `s-${c}`,
    turn,
    in: 100 * turn,
    cached: 100 * (turn - 1),
    ttft: 100 + c,
    ...parts,
  });
const conversations = (n: number, turns: number): RecordLine[] =>
  times(turns, (k) => times(n, (c) => question(c, k + 1))).flat();
const turnsOf = (lines: RecordLine[]) => resultsOf(lines, PLAN).steps[0]?.perTurn;
const textOf = (results: Results) => showsTurns.text(results);

describe('results by turn', () => {
  it('are in order, with the requests and figures of each', () => {
    expect(turnsOf(conversations(4, 3).reverse())).toMatchObject([
      { turn: 1, requests: 4, inputTokens: 400, cachedShare: 0, metrics: { ttft: { n: 4, p50: 101.5 } } },
      { turn: 2, requests: 4, inputTokens: 800, cachedShare: 0.5, metrics: { ttft: { n: 4, p50: 101.5 } } },
      { turn: 3, requests: 4, inputTokens: 1200, cachedShare: expect.closeTo(2 / 3), metrics: { ttft: { n: 4 } } },
    ]);
  });

  it('leave out turns that nobody came to', () =>
    expect(turnsOf([question(0, 1), question(0, 3)])?.map((t) => t.turn)).toEqual([1, 3]));

  it('are the whole step where there is one turn only', () => {
    const { perTurn, perModel, ...step } = resultsOf(conversations(3, 1), PLAN).steps[0] ?? {};
    expect(perTurn).toHaveLength(1);
    expect(step).toMatchObject({ requests: perTurn?.[0]?.requests, metrics: perTurn?.[0]?.metrics });
  });

  it('are absent without conversations', () =>
    expect(resultsOf([line(0, { scenario: 'step_4' })], PLAN).steps[0]).not.toHaveProperty('perTurn'));
});

describe('the share of cached input', () => {
  const shareOf = (...lines: RecordLine[]) => resultsOf(lines, PLAN).steps[0]?.cachedShare;
  it('is of all input tokens, not a mean of shares', () =>
    expect(shareOf(question(0, 1, { in: 900, cached: 0 }), question(0, 2, { in: 100, cached: 100 }))).toBe(0.1));
  it('leaves out requests of which the server said nothing', () =>
    expect(shareOf(question(0, 1, { in: 100, cached: 50 }), question(0, 2, { cached: null }))).toBe(0.5));
  it('is absent where it never did', () => expect(shareOf(question(0, 1, { cached: null }))).toBeUndefined());
});

describe('the table of turns', () => {
  it('stands below the steps', () => {
    const lines = [...conversations(4, 2), failure(31_000, { scenario: 'step_4', session: 's-0', turn: 3 })];
    const text = textReport(resultsOf(lines, PLAN), [showsTurns]);
    expect(text).toContain('think between answer and question)');
    expect(text.slice(text.indexOf('turn ')).split('\n\n')[0]).toMatchInlineSnapshot(`
      "turn requests errors tokens cached    p50    p95    p99    p50    p99
          1        4     0%    100     0%    102    103    103   1000   1000
          2        4     0%    200  50.0%    102    103    103   1000   1000
          3        1   100%      –      –      –      –      –      –      –
      4 conversations, at most 4 at a time, 0.4 requests in flight on average, 1 ended by a failed answer
      turn 1 → 2: input 100 → 200 tokens, cached 0% → 50.0%, TTFT p50 102 → 102 ms"
    `);
  });

  it('is of some turns only where there are many', () => {
    const shown = textOf(resultsOf(conversations(2, 40), PLAN)).map((l) => Number(l.slice(0, 5)));
    expect(shown.filter((n) => n > 0)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 40]);
  });

  it('says where the server tells nothing of its cache', () => {
    const lines = conversations(2, 2).map((l) => ({ ...l, cached: null }));
    expect(textOf(resultsOf(lines, PLAN)).at(-1)).toBe(
      'turn 1 → 2: input 100 → 200 tokens, TTFT p50 101 → 101 ms; the server does not say what it had cached',
    );
  });

  it('says where there are no records to tell turns apart', () => {
    const results = resultsOf(conversations(2, 2), PLAN);
    const steps = results.steps.map(({ perTurn, ...step }) => step);
    expect(textOf({ ...results, steps })).toEqual(['turns: not told apart: that needs the records that bin/k6 keeps']);
    expect(textOf(resultsOf([], PLAN))).toEqual([]);
  });
});
