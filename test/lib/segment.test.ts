import { describe, expect, it } from 'vitest';
import type { Step } from '../../lib/load/plan.ts';
import { segmentShare, stepsOfSegment } from '../../lib/load/segment.ts';

describe('the share of a segment', () => {
  it.each([
    [undefined, 1],
    [null, 1],
    ['0:1/2', 0.5],
    ['1/2:1', 0.5],
    ['1/4:1/2', 0.25],
    ['25%:75%', 0.5],
    ['0.2:0.5', 0.3],
    ['1/4', 0.25],
    ['nonsense', 1],
  ])('%j is %d', (segment, share) => expect(segmentShare(segment)).toBeCloseTo(share, 12));
});

it('leaves that share of rate, concurrency and requests to the instance', () => {
  const step = { name: 's', scenario: 's', phase: 'steady', offset: 0, judged: true } as const;
  const steps: Step[] = [
    { ...step, load: { kind: 'open', rate: 10 } },
    { ...step, load: { kind: 'open', rate: 10 }, requests: 600 }, // our own schedule: how many it takes only k6 knows
    { ...step, load: { kind: 'closed', concurrency: 30 }, requests: 901 },
  ];
  expect(stepsOfSegment(steps, 0.5).map(({ load, requests }) => [load, requests])).toEqual([
    [{ kind: 'open', rate: 5 }, undefined],
    [{ kind: 'open', rate: 5 }, 600],
    [{ kind: 'closed', concurrency: 15 }, 450],
  ]);
});
