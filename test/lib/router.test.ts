import { describe, expect, it } from 'vitest';
import { analyze, judgeRun } from '../../lib/analysis/analyze.ts';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { gateVerdicts } from '../../lib/analysis/gate.ts';
import { type RouterAsked, routerAsked } from '../../lib/analysis/router/asked.ts';
import { judgesRouter } from '../../lib/report/router.ts';
import type { Results, RouterCheck, RouterVerdict } from '../../lib/results.ts';
import { parseSetting } from '../../lib/settings/parse.ts';
import { closed, failure, line, times } from './make.ts';

const routesOf = (text: string) => parseSetting('ROUTES', text, 'ROUTES') as NonNullable<RouterAsked['routes']>;
const question = (asked: RouterAsked) => ({
  steps: [closed({ load: { kind: 'closed', concurrency: 40 } })],
  terms: [],
  wanted: { stream: true, driver: 'native', ignoreEos: false, caching: false },
  router: asked,
  extras: [judgesRouter],
});
const found = (lines: RecordLine[], asked: RouterAsked) => analyze(columnsOf(lines), question(asked)).router;
const check = (name: RouterCheck, lines: RecordLine[], asked: RouterAsked, model?: string): RouterVerdict | undefined =>
  found(lines, asked)?.verdicts.find((v) => v.check === name && (model === undefined || v.model === model));

/** So many answers a backend, evenly over 10 s; each takes a second. */
function answers(counts: Record<string, number>, parts: RecordLine = {}): RecordLine[] {
  const names = Object.entries(counts).flatMap(([backend, n]) => Array<string>(n).fill(backend));
  return names.map((backend, k) => line((10_000 * k) / names.length, { backend, echo: 'own', ...parts }));
}

describe('what settings ask of a router', () => {
  it.each([
    [{}, false, undefined],
    [{ affinity: false, echo: false }, false, undefined],
    [{ backendHeader: 'X-Backend' }, false, {}],
    [{ affinity: true }, false, { affinity: true }],
    [{}, true, {}],
  ])('%j, routing %j', (settings, routing, asked) => expect(routerAsked(settings, routing)).toEqual(asked));

  it('without any, nothing is judged', () => {
    const { router, ...rest } = question({});
    expect(analyze(columnsOf(answers({ a: 9 })), rest)).not.toHaveProperty('router');
  });
});

describe('the backends of the results', () => {
  it('are those of ROUTES, with what is due to them, and others that answered', () => {
    const asked = { routes: routesOf('m>a*3,m>b,m>c*4') };
    const lines = [...answers({ a: 30, b: 10, x: 40 }), ...answers({ a: 1 }, { warm: true, ttft: 9000 })];
    const row = (backend: string, requests: number, due: number, ttftP50: number | null) => ({
      model: 'm',
      backend,
      requests,
      share: requests / 80,
      due,
      ttftP50,
    });
    expect(found(lines, asked)?.backends).toEqual([
      row('a', 30, 0.375, 100),
      row('b', 10, 0.125, 100),
      row('c', 0, 0.5, null),
      row('x', 40, 0, 100),
    ]);
  });

  it('are those that answered where there are no routes; nothing is due without weights', () =>
    expect(found(answers({ a: 2, b: 2 }), {})?.backends).toMatchObject([
      { backend: 'a', share: 0.5, due: null },
      { backend: 'b', share: 0.5, due: null },
    ]));
});

describe('the backend of an answer', () => {
  const routes = routesOf('m>a,m>b');
  it.each<[string, RecordLine[], Partial<RouterVerdict>]>([
    [
      'is allowed',
      answers({ a: 5, b: 5 }),
      { verdict: 'PASS', value: 0, why: 'all 10 came from a backend that ROUTES allows' },
    ],
    [
      'is not',
      answers({ a: 5, b: 5, x: 1 }),
      {
        verdict: 'FAIL',
        value: 1,
        why: '1 of 11 answers came from a backend that ROUTES does not allow: 1 for m from x',
      },
    ],
    ['is mostly known', [...answers({ a: 5, b: 5 }), failure(1)], { verdict: 'PASS' }],
    ['is not known', answers({ a: 5 }, { backend: null }), { verdict: 'NOT_MEASURED', value: null }],
    ['is of a model without routes', answers({ a: 5 }, { model: 'other' }), { verdict: 'NOT_MEASURED' }],
  ])('%s', (_, lines, verdict) => expect(check('backend', lines, { routes })).toMatchObject(verdict));

  it('is not judged without routes', () => expect(check('backend', answers({ a: 5 }), {})).toBeUndefined());
});

describe('the echo', () => {
  const swapped = failure(1, { outcome: 'swapped', echo: 'other' });
  it.each<[string, RecordLine[], Partial<RouterVerdict>]>([
    ['is right', answers({ a: 9 }), { verdict: 'PASS', value: 0, why: 'all 9 answers with a code have their own' }],
    ['is of another', [...answers({ a: 9 }), swapped], { verdict: 'FAIL', value: 1 }],
    [
      'is of another, and few repeat it',
      [...answers({ a: 9 }, { echo: 'none' }), swapped],
      { verdict: 'FAIL', value: 1 },
    ],
    ['is not repeated', answers({ a: 9 }, { echo: 'none' }), { verdict: 'NOT_MEASURED', value: null }],
    ['has no answers', [failure(1)], { verdict: 'NOT_MEASURED', value: null }],
  ])('%s', (_, lines, verdict) => expect(check('echo', lines, { echo: true })).toMatchObject(verdict));

  it('is not judged unless asked for', () => expect(check('echo', answers({ a: 9 }), {})).toBeUndefined());
});

describe('the split', () => {
  const routes = routesOf('m>a*3,m>b*1');
  const split = (lines: RecordLine[], asked: RouterAsked = { routes }) => check('split', lines, asked);

  it('passes with the shift that would have been seen', () =>
    expect(split(answers({ a: 1490, b: 510 }))).toMatchObject({
      verdict: 'PASS',
      power: expect.closeTo(0.049, 2),
      why: expect.stringMatching(
        /^3:1 asked, 74.5 % : 25.5 % of 2000 requests; a shift of 4.9 points would have been seen$/,
      ),
    }));

  it('fails beyond chance', () =>
    expect(split(answers({ a: 1300, b: 700 }))).toMatchObject({ verdict: 'FAIL', value: expect.closeTo(0) }));

  it('says how many requests it takes', () => {
    const few = split(answers({ a: 45, b: 15 }));
    expect(few).toMatchObject({ verdict: 'INCONCLUSIVE', why: expect.stringContaining('it takes 4') });
    expect(split(answers({ a: 0, b: 60 }))).toMatchObject({ verdict: 'FAIL' });
  });

  it('of three does not trust χ² where few are expected', () => {
    const three = { routes: routesOf('m>a*8,m>b,m>c') };
    expect(split(answers({ a: 320, b: 0, c: 50 }), three)).toMatchObject({ verdict: 'INCONCLUSIVE' });
    expect(split(answers({ a: 400, b: 0, c: 50 }), three)).toMatchObject({ verdict: 'FAIL' });
    expect(split(answers({ a: 640, b: 80, c: 80 }), three)).toMatchObject({ verdict: 'PASS', value: 1 });
  });

  it('does not fail a router that splits what is in flight', () => {
    // Half as many requests that take three times as long: 3:1 of the time in flight.
    const slow = answers({ b: 200 }, { end: 1500, e2e: 1500 });
    expect(split([...answers({ a: 900 }), ...slow])).toMatchObject({
      verdict: 'PASS',
      why: expect.stringContaining('in flight 75.0 % : 25.0 %, as near to it as whole requests are'),
    });
  });

  it('is unclear where a whole request in flight is more than the shift', () => {
    const brief = answers({ a: 1000, b: 1000 }, { end: 20, e2e: 20 });
    expect(split(brief)).toMatchObject({ verdict: 'INCONCLUSIVE', why: expect.stringContaining('with 4.0 in flight') });
  });

  it('counts failures of nobody in favour of the router, up to a tenth', () => {
    const lost = (n: number) => times(n, (i) => failure(i * 10, { backend: null }));
    expect(split([...answers({ a: 1500, b: 400 }), ...lost(100)])).toMatchObject({ verdict: 'PASS' });
    expect(split([...answers({ a: 1500, b: 300 }), ...lost(300)])).toMatchObject({ verdict: 'NOT_MEASURED' });
  });

  it('needs weights, and two backends', () => {
    expect(split(answers({ a: 90 }), { routes: routesOf('m>a,m>b') })).toBeUndefined();
    expect(split(answers({ a: 90 }), { routes: routesOf('m>a*3') })).toBeUndefined();
  });
});

describe('fairness', () => {
  const fairness = (lines: RecordLine[], asked: RouterAsked = {}) => check('fairness', lines, asked);

  it.each<[string, RecordLine[], RouterAsked, Partial<RouterVerdict>]>([
    ['passes near to what is due', answers({ a: 60, b: 40 }), {}, { verdict: 'PASS', value: 0.8 }],
    ['fails below half of it', answers({ a: 95, b: 5 }), {}, { verdict: 'FAIL', value: expect.closeTo(0.1) }],
    [
      'fails where one never answers',
      answers({ a: 50 }),
      { routes: routesOf('m>a,m>b') },
      { verdict: 'FAIL', value: 0 },
    ],
    ['goes by weights', answers({ a: 950, b: 50 }), { routes: routesOf('m>a*19,m>b') }, { verdict: 'PASS', value: 1 }],
    ['is unclear with a few', answers({ a: 20 }), { routes: routesOf('m>a,m>b') }, { verdict: 'INCONCLUSIVE' }],
    [
      'is not known without names',
      answers({ a: 9 }, { backend: null }),
      { routes: routesOf('m>a,m>b') },
      { verdict: 'NOT_MEASURED' },
    ],
  ])('%s', (_, lines, asked, verdict) => expect(fairness(lines, asked)).toMatchObject(verdict));

  it('lets a slow backend have fewer requests where it has its part of those in flight', () => {
    const slow = answers({ b: 10 }, { end: 9000, e2e: 9000 });
    expect(fairness([...answers({ a: 90 }), ...slow])).toMatchObject({ verdict: 'PASS', value: 1 });
  });

  it('is nothing to ask of one backend', () => expect(fairness(answers({ a: 90 }))).toBeUndefined());
});

/** Conversations of two questions each, by the backends of the two. */
const talks = (pairs: readonly (readonly [string, string])[]): RecordLine[] =>
  pairs.flatMap((pair, k) =>
    pair.map((backend, turn) => line(100 * k + turn, { backend, session: `s-${k}`, turn: turn + 1, echo: 'own' })),
  );

describe('affinity', () => {
  const stay = times(40, (k) => (k % 2 ? ['a', 'a'] : ['b', 'b']) as [string, string]);
  it.each<[string, RecordLine[], Partial<RouterVerdict>]>([
    ['passes', talks(stay), { verdict: 'PASS', value: 0, why: 'all 40 conversations stayed with their backend' }],
    [
      'fails',
      talks([...stay, ['a', 'b']]),
      { verdict: 'FAIL', value: 1, why: '1 of 41 conversations changed their backend' },
    ],
    ['needs conversations', answers({ a: 9 }), { verdict: 'NOT_MEASURED', value: null }],
    ['needs backends', talks(stay).map((l) => ({ ...l, backend: null })), { verdict: 'NOT_MEASURED', value: null }],
  ])('%s', (_, lines, verdict) => expect(check('affinity', lines, { affinity: true })).toMatchObject(verdict));

  it('is not judged unless asked for', () => expect(check('affinity', talks(stay), {})).toBeUndefined());

  it('makes conversations what is counted, since a router decides once for each', () => {
    const routes = routesOf('m>a*3,m>b*1');
    expect(check('split', talks(stay), { routes })?.why).toContain('of 40 conversations');
    const loose = times(40, (k) => (k % 2 ? ['a', 'b'] : ['b', 'a']) as [string, string]);
    expect(check('split', talks(loose), { routes })?.why).toContain('of 80 requests');
    expect(check('split', talks(loose), { routes, affinity: true })?.why).toContain('of 40 conversations');
  });
});

describe('buffering', () => {
  const held = (n: number) => answers({ a: n }, { ttft: 1000 });
  /** With the client's timers so late, ms. */
  const late = (lag: number, list: RecordLine[]) => {
    const live = times(10, (s) => ({ kind: 'live', t: 1000 * (s + 1), lag, cpu: 0.1, cores: 2 }));
    return analyze(columnsOf(list, live), question({})).router?.verdicts.find((v) => v.check === 'buffering');
  };

  it.each<[string, RecordLine[], Partial<RouterVerdict>]>([
    ['passes', answers({ a: 50 }), { verdict: 'PASS', value: 0 }],
    ['fails where most come at once', [...answers({ a: 4 }), ...held(6)], { verdict: 'FAIL', value: 0.6 }],
    ['fails where some do, all the time', [...answers({ a: 190 }), ...held(10)], { verdict: 'FAIL', value: 0.05 }],
    [
      'forgives a pause of the client',
      [...answers({ a: 190 }), ...held(10).map((l) => ({ ...l, t: 5000 }))],
      { verdict: 'PASS', value: 0.05 },
    ],
    ['needs streams of some length', answers({ a: 9 }, { frames: 7 }), { verdict: 'NOT_MEASURED', value: null }],
    ['needs streams of some time', answers({ a: 50 }, { ttft: 960 }), { verdict: 'NOT_MEASURED', value: 0 }],
    ['does not, where all come at once', held(50), { verdict: 'FAIL', value: 1 }],
  ])('%s', (_, list, verdict) => expect(check('buffering', list, {})).toMatchObject(verdict));

  it('is not told on a machine that is too busy, unless all come at once', () => {
    const half = [...answers({ a: 50 }), ...held(50)];
    expect(late(2, half)).toMatchObject({ verdict: 'FAIL' });
    expect(late(100, half)).toMatchObject({ verdict: 'NOT_MEASURED', value: 0.5 });
    expect(late(100, held(50))).toMatchObject({ verdict: 'FAIL' });
  });
});

describe('the gate', () => {
  const router = (check: RouterCheck, verdict: RouterVerdict['verdict']): Results['router'] => ({
    backends: [],
    verdicts: [{ check, verdict, value: null, why: '' }],
  });
  it.each<[RouterCheck, RouterVerdict['verdict'], string[]]>([
    ['split', 'FAIL', ['FAIL']],
    ['split', 'INCONCLUSIVE', ['INCONCLUSIVE']],
    ['echo', 'NOT_MEASURED', []],
    ['fairness', 'FAIL', ['FAIL']],
    ['fairness', 'INCONCLUSIVE', []],
    ['buffering', 'FAIL', ['FAIL']],
    ['buffering', 'NOT_MEASURED', []],
  ])('of %s %s', (name, verdict, counted) => {
    expect(gateVerdicts({ slo: [], router: router(name, verdict) })).toEqual(counted);
  });

  it('has the verdicts of the results', () => {
    const columns = columnsOf(answers({ a: 1300, b: 700 }));
    const asked = question({ routes: routesOf('m>a*3,m>b*1'), echo: true });
    expect(judgeRun(columns, asked).router).toEqual(analyze(columns, asked).router);
    expect(gateVerdicts(judgeRun(columns, asked)).filter((v) => v !== 'PASS')).toEqual(['FAIL']);
  });
});

describe('the text', () => {
  it('has a table of backends and a line a verdict, in 120 columns', () => {
    const results = found(answers({ a: 1490, b: 510 }), { routes: routesOf('m>a*3,m>b*1'), echo: true });
    const lines = judgesRouter.text({ router: results } as Results);
    expect(lines.slice(0, 4)).toEqual([
      '                                                 TTFT ms',
      'model        backend      requests  share    due     p50',
      'm            a                1490  74.5%  75.0%     100',
      'm            b                 510  25.5%  25.0%     100',
    ]);
    expect(lines.slice(4)).toEqual([
      'backend PASS: all 2000 came from a backend that ROUTES allows',
      'echo PASS: all 2000 answers with a code have their own',
      'split m PASS: 3:1 asked, 74.5 % : 25.5 % of 2000 requests; a shift of 4.9 points would have been seen',
      'fairness m PASS: every backend had at least 99 % of its due of 2000 requests',
      'buffering PASS: all 2000 answers came as a stream',
    ]);
  });

  it('says where no backend is known, and nothing where none was asked for', () => {
    expect(judgesRouter.text({} as Results)).toEqual([]);
    const silent = found(answers({ a: 9 }, { backend: null }), {});
    expect(judgesRouter.text({ router: silent } as Results)[0]).toMatch(/^backends: none is known/);
  });
});
