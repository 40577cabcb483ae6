import { describe, expect, it } from 'vitest';
import { columnsOf, type RecordLine } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { mostWaiting } from '../../lib/analysis/waiting.ts';
import { failure, line, open } from './make.ts';

function waiting(lines: readonly RecordLine[]): number | undefined {
  const columns = columnsOf(lines);
  const [data] = stepData(columns, [open()]);
  return data && mostWaiting(columns, { data });
}

describe('the most requests that wait for a first token', () => {
  it('counts those that were sent and have none yet', () =>
    expect(waiting([line(1000, { ttft: 300 }), line(1100, { ttft: 300 }), line(1350, { ttft: 10 })])).toBe(2));

  it('not those that are being answered', () =>
    expect(waiting([line(1000, { ttft: 50 }), line(1100, { ttft: 50 }), line(1200, { ttft: 50 })])).toBe(1));

  it('not one that gets its token as another is sent', () =>
    expect(waiting([line(1000, { ttft: 100 }), line(1100, { ttft: 100 })])).toBe(1));

  it('those that never got one, until they failed', () =>
    expect(waiting([failure(1000, { end: 5000 }), line(3000), line(3050)])).toBe(3));

  it('in whichever order they were recorded', () =>
    expect(waiting([line(1200, { ttft: 10 }), line(1000, { ttft: 500 }), line(1100, { ttft: 500 })])).toBe(3));

  it('is not known where answers are not streamed', () =>
    expect(waiting([line(1000, { ttft: null }), line(1100, { ttft: null })])).toBeUndefined());

  it('warm-up does not count', () =>
    expect(waiting([line(900, { warm: true, ttft: 900 }), line(1000), line(1050)])).toBe(2));
});
