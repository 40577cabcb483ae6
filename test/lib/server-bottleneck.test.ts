import { describe, expect, it } from 'vitest';
import { bottleneckOf, type Seen } from '../../lib/analysis/server/bottleneck.ts';
import type { SignalName } from '../../lib/analysis/server/catalogue.ts';
import type { Reading } from '../../lib/analysis/server/series.ts';

const steadily = (mean: number, more: Partial<Reading> = {}): Reading => ({
  mean,
  max: mean,
  last: mean,
  samples: 10,
  ...more,
});
type Readings = Partial<Record<SignalName, number | Reading | undefined>>;
const seen = (readings: Readings, more: Partial<Seen> = {}): Seen => ({
  load: '45 req/s',
  readings: Object.fromEntries(
    Object.entries(readings).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'number' ? steadily(value) : value]],
    ),
  ),
  ...more,
});

/** A server with little to do. */
const IDLE = seen(
  { waiting: 0, running: 4, kv_cache: 0.05, preemptions: 0, gpu: 0.95, cpu: 0.2 },
  { itl: 9, inFlight: 4 },
);
const judge = (readings: Readings, more: Partial<Seen> = {}) => {
  const high = seen(readings, more);
  return bottleneckOf(high, [IDLE, high]);
};

describe('the bottleneck', () => {
  it('is the KV cache where requests wait while it is full', () =>
    expect(judge({ waiting: 41, running: 120, kv_cache: 0.99, preemptions: 1.25, gpu: 1 })).toEqual({
      kind: 'kv_cache',
      why: 'requests wait: 41 at 45 req/s while the KV cache is at 99 %, 1.3 preemptions/s',
    }));

  it('is the KV cache where requests are thrown out of it, whatever its mean', () => {
    expect(judge({ waiting: 5, running: 30, kv_cache: 0.85, preemptions: 0.02 })?.why).toBe(
      'requests wait: 5 at 45 req/s while the KV cache is at 85 %, 0.02 preemptions/s',
    );
    expect(judge({ waiting: 0.2, running: 30, kv_cache: 0.97, preemptions: 2 })).toEqual({
      kind: 'kv_cache',
      why: 'running requests are thrown out at 45 req/s while the KV cache is at 97 %, 2.0 preemptions/s',
    });
    expect(judge({ waiting: 5, running: 30, preemptions: 2 })?.why).toContain('while the KV cache is full, 2.0 pre');
  });

  it('is the queue where requests wait while the batch is full and the KV cache is not', () => {
    expect(judge({ waiting: 20, running: 64, kv_cache: 0.3, preemptions: 0, gpu: 1 })).toEqual({
      kind: 'queue',
      why: 'requests wait: 20 at 45 req/s while the batch is full: 64 running, and never more, KV cache at 30 %',
    });
    expect(judge({ waiting: 20 })?.why).toBe(
      'requests wait: 20 at 45 req/s, and how full the KV cache is is not known',
    );
  });

  it('is not the queue where only few wait', () => {
    expect(judge({ waiting: 0.9, running: 4, kv_cache: 0.3 })).toBeNull();
    expect(judge({ waiting: 5, running: 64, kv_cache: 0.3 })).toBeNull();
  });

  it('is compute where each token takes longer the more run, on a busy GPU', () =>
    expect(judge({ waiting: 0, running: 40, kv_cache: 0.3, gpu: 0.99 }, { itl: 31 })).toEqual({
      kind: 'compute',
      why:
        'the GPU is busy 99 % of the time at 45 req/s and takes longer for each token the more requests run: ' +
        'ITL 31.0 ms with 40 running, 9.0 ms with 4; hardly any waits',
    }));

  it('is not compute by a busy GPU alone', () => {
    expect(judge({ waiting: 0, running: 40, kv_cache: 0.3, gpu: 1 }, { itl: 10 })).toBeNull();
    expect(judge({ waiting: 0, running: 4, kv_cache: 0.3, gpu: 1 }, { itl: 31 })).toBeNull();
    expect(judge({ waiting: 0, running: 40, kv_cache: 0.3, gpu: 0.5 }, { itl: 31 })).toBeNull();
    expect(judge({ waiting: 0, running: 40, kv_cache: 0.3 }, { itl: 31 })).toBeNull();
  });

  it('is compute where requests wait beside free places for a busy GPU', () => {
    const wide = seen({ running: 100 });
    const prefills = seen({ waiting: 30, running: 40, kv_cache: 0.4, gpu: 0.98 });
    expect(bottleneckOf(prefills, [wide, prefills])).toEqual({
      kind: 'compute',
      why:
        'the GPU is busy 98 % of the time at 45 req/s, and 30 requests wait although there are places: ' +
        '40 running where 100 did, KV cache at 40 %',
    });
  });

  it('is the network where its link is full, before all else', () => {
    const link = { limit: 125e6, headroom: 0.02 };
    expect(judge({ waiting: 0, running: 40, network_tx: steadily(122.5e6, link) })).toEqual({
      kind: 'network',
      why: 'the network is full: network sent 122.5 MB/s of 125.0 MB/s at 45 req/s, while no request waits',
    });
    expect(judge({ waiting: 9, running: 40, kv_cache: 1, network_rx: steadily(1.22e9, { limit: 1.25e9 }) })?.why).toBe(
      'the network is full: network received 1.22 GB/s of 1.25 GB/s at 45 req/s',
    );
    expect(judge({ waiting: 0, running: 40, network_tx: steadily(60e6, link) })).toBeNull();
    expect(judge({ waiting: 0, running: 40, network_tx: 1e12 })).toBeNull();
  });

  it('is the network where requests are on their way, and the whole server is seen', () => {
    const tokens = { server: 1000, ours: 990 };
    expect(judge({ waiting: 1, running: 11 }, { inFlight: 60, tokens })).toEqual({
      kind: 'network',
      why: 'requests are on their way, not in the server: 60 in flight at 45 req/s, 11 running and 1 waiting there',
    });
    expect(judge({ waiting: 0, running: 11 }, { inFlight: 60, tokens: { server: 200, ours: 990 } })).toBeNull();
    expect(judge({ waiting: 0, running: 11 }, { inFlight: 60 })).toBeNull();
    expect(judge({ waiting: 0, running: 11 }, { inFlight: 20, tokens })).toBeNull();
  });

  it('is the CPU of the host where that is full and nothing else is', () =>
    expect(judge({ waiting: 0, running: 4, cpu: 0.98, gpu: 0.4 })).toEqual({
      kind: 'cpu',
      why: "the host's CPU is at 98 % at 45 req/s, its GPU at 40 %",
    }));

  it('is none where nothing shows one, where nothing is known, or where it was hardly looked at', () => {
    expect(bottleneckOf(IDLE, [IDLE])).toBeNull();
    expect(judge({})).toBeNull();
    expect(judge({ waiting: steadily(41, { samples: 2 }), running: 120, kv_cache: 0.99 })).toBeNull();
  });
});
