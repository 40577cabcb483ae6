import { describe, expect, it } from 'vitest';
import { PROFILES } from '../../thresholds/profiles.ts';
import { allowedOf, needsRecords, parseSlo, parseTerm, requestLimits } from '../../thresholds/slo.ts';

describe('parseTerm', () => {
  it.each([
    ['ttft.p99<800ms', { metric: 'ttft', stat: 'p99', op: '<', limit: 800 }],
    ['ttft.p50<200', { metric: 'ttft', stat: 'p50', op: '<', limit: 200 }],
    ['e2e.p99.9<=1.5s', { metric: 'e2e', stat: 'p99.9', op: '<=', limit: 1500 }],
    ['itl.max<1s', { metric: 'itl', stat: 'max', op: '<', limit: 1000 }],
    ['tpot.mean<30', { metric: 'tpot', stat: 'mean', op: '<', limit: 30 }],
    ['errors<0.5%', { metric: 'errors', op: '<', limit: 0.005 }],
    ['errors<=0', { metric: 'errors', op: '<=', limit: 0 }],
    ['in_slo>99%', { metric: 'in_slo', op: '>', limit: 0.99 }],
    ['in_slo>=0.9', { metric: 'in_slo', op: '>=', limit: 0.9 }],
    ['goodput>20req/s', { metric: 'goodput', op: '>', limit: 20 }],
    ['throughput>=1000tok/s', { metric: 'throughput', op: '>=', limit: 1000 }],
  ])('%s', (text, term) => expect(parseTerm(text)).toEqual({ text, ...term }));

  it('leaves spaces out', () =>
    expect(parseTerm(' ttft.p99 < 800 ms ')).toEqual({
      text: 'ttft.p99<800ms',
      metric: 'ttft',
      stat: 'p99',
      op: '<',
      limit: 800,
    }));

  it.each([
    ['ttft<800', 'says no statistic'],
    ['ttft.p98<800', 'no statistic "p98"'],
    ['ttft.p99>800', 'a latency has an upper limit'],
    ['ttft.p99<8%', 'a time cannot be in "%"'],
    ['ttft.p99<-8', 'neither a profile nor a term'],
    ['ttft.p99=800', 'neither a profile nor a term'],
    ['ttft.p99<', 'neither a profile nor a term'],
    ['errors.p99<1%', '"errors" takes no statistic'],
    ['errors<5', 'a share above 1; write 0.5% or 0.005'],
    ['errors<101%', 'a share above 1'],
    ['errors>1%', 'errors have an upper limit'],
    ['errors<5ms', 'a share cannot be in "ms"'],
    ['in_slo<99%', 'in_slo has a lower limit'],
    ['goodput<20', 'goodput has a lower limit'],
    ['goodput>20tok/s', 'goodput cannot be in "tok/s"'],
    ['throughput>20%', 'throughput cannot be in "%"'],
    ['latency.p99<5', 'no metric "latency"'],
    ['latency<5', 'no metric "latency"'],
  ])('%s is refused', (text, wrong) => {
    expect(() => parseTerm(text)).toThrow(`SLO=${JSON.stringify(text)}: ${wrong}`);
    expect(() => parseTerm(text)).toThrow('allowed: a profile (chat, batch,');
  });
});

describe('parseSlo', () => {
  const texts = (slo: string | undefined) => parseSlo(slo).map((t) => t.text);

  it('is empty without one', () => {
    expect(texts(undefined)).toEqual([]);
    expect(texts('')).toEqual([]);
    expect(texts(' , ')).toEqual([]);
  });

  it.each(Object.keys(PROFILES))('%s is a profile', (name) => expect(texts(name)).toEqual(PROFILES[name as 'chat']));

  it('lets a later term replace an earlier one on the same figure, in its place', () =>
    expect(texts('chat, ttft.p99 < 800ms, errors<0.5%, e2e.p99<9s')).toEqual([
      'ttft.p50<200ms',
      'ttft.p99<800ms',
      'itl.p50<30ms',
      'itl.p99<100ms',
      'errors<0.5%',
      'e2e.p99<9s',
    ]));

  it.each(['chatty', 'constructor', 'toString', '__proto__', 'ttft.p99'])('%s is no profile', (name) =>
    expect(() => parseSlo(name)).toThrow(`SLO="${name}": no such profile`),
  );
});

describe('requestLimits', () => {
  it.each([
    ['chat', { ttft: 1000, tpot: 100 }],
    ['ttft.p99<800,ttft.p50<100', { ttft: 800 }],
    ['ttft.p99<800,ttft.max<5s', { ttft: 5000 }],
    ['ttft.mean<800', {}],
    ['tpot.p99<40,itl.p50<20', { tpot: 20 }],
    ['tpot.p99<40', { tpot: 40 }],
    ['e2e.p99<40,errors<1%', {}],
  ])('%s', (slo, limits) => expect(requestLimits(parseSlo(slo))).toEqual(limits));
});

it('needs records to certify E2E, and not for its maximum', () =>
  expect(parseSlo('e2e.p99<1s,e2e.max<9s,errors<1%').map((t) => needsRecords(t, true))).toEqual([true, false, false]));

it('needs records for windows and certificates only, where tokens are timed', () => {
  const terms = parseSlo('chat,e2e.p99<1s,goodput>1,throughput>1,in_slo>1%');
  const needing = (certify: boolean) => terms.filter((t) => needsRecords(t, certify, true)).map((t) => t.metric);
  expect(needing(false)).toEqual(['goodput', 'throughput']);
  expect(needing(true)).toEqual(expect.arrayContaining(['ttft', 'itl', 'e2e', 'goodput', 'throughput']));
  expect(needing(true)).not.toContain('in_slo');
});

it('needs records for all but errors and E2E', () =>
  expect(parseSlo('chat,e2e.p99<1s,goodput>1,throughput>1,in_slo>1%').filter((t) => !needsRecords(t))).toMatchObject([
    { metric: 'errors' },
    { metric: 'e2e' },
  ]));

it.each([
  ['errors<0.5%', 1000, 4],
  ['errors<=0.5%', 1000, 5],
  ['errors<0.5%', 999, 4],
  ['errors<0.1%', 600, 0],
  ['errors<=29%', 100, 29],
  ['errors<=0', 100, 0],
])('%s of %d requests allows %d failures', (text, n, allowed) => {
  const term = parseTerm(text);
  expect(allowedOf(n, term)).toBe(allowed);
  const holds = (x: number) => (term.op === '<' ? x / n < term.limit : x / n <= term.limit);
  expect([holds(allowed), holds(allowed + 1)]).toEqual([true, false]);
});
