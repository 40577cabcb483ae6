import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { METRICS, SIGNALS } from '../../lib/analysis/server/catalogue.ts';
import { promqlOf } from '../../lib/analysis/server/promql.ts';
import { reading, type Series } from '../../lib/analysis/server/series.ts';
import { spearman } from '../../lib/analysis/stats/spearman.ts';

const series = (...samples: [t: number, value: number][]): Series => ({
  instance: '',
  samples: samples.map(([t, value]) => ({ t: 1000 * t, value })),
});
const WINDOW = { from: 10_000, to: 20_000 };
const GAUGE = { kind: 'gauge', over: 'sum' } as const;
const COUNTER = { kind: 'counter', over: 'sum' } as const;

describe('what a signal was in a step', () => {
  it('is made of what was scraped in it, its end excluded', () =>
    expect(reading(GAUGE, [series([9, 100], [10, 1], [15, 5], [19, 3], [20, 100])], WINDOW)).toEqual({
      mean: 3,
      max: 5,
      last: 3,
      samples: 3,
    }));

  it('is absent where nobody said anything, and zero where somebody said zero', () => {
    expect(reading(GAUGE, [], WINDOW)).toBeUndefined();
    expect(reading(GAUGE, [series([9, 1], [20, 1])], WINDOW)).toBeUndefined();
    expect(reading(GAUGE, [series([15, Number.NaN])], WINDOW)).toBeUndefined();
    expect(reading(GAUGE, [series([15, 0])], WINDOW)).toEqual({ mean: 0, max: 0, last: 0, samples: 1 });
  });

  it('of a counter is its rate, also over a restart', () => {
    expect(reading(COUNTER, [series([10, 500], [11, 510], [15, 530], [16, 4], [18, 14])], WINDOW)).toEqual({
      mean: (10 + 20 + 4 + 10) / 8,
      max: 10,
      last: 5,
      samples: 5,
    });
    expect(reading(COUNTER, [series([9, 1], [15, 2])], WINDOW)).toBeUndefined();
  });

  it('of several instances is their sum, or the fullest of them', () => {
    const two = [series([11, 4], [12, 6]), series([11, 1], [12, 3], [13, 2])];
    expect(reading(GAUGE, two, WINDOW)).toEqual({ mean: 7, max: 9, last: 8, samples: 2 });
    expect(reading({ ...GAUGE, over: 'max' }, two, WINDOW)).toMatchObject({ mean: 5, max: 6 });
    const links = [
      { ...series([11, 50]), limit: 1000 },
      { ...series([11, 9]), limit: 10 },
    ];
    expect(reading({ ...GAUGE, over: 'max' }, links, WINDOW)).toEqual({
      mean: 9,
      max: 9,
      last: 9,
      samples: 1,
      limit: 10,
      headroom: 1 - 0.9,
    });
  });

  it('has headroom below its limit', () =>
    expect(reading({ ...GAUGE, over: 'max', limit: 1 }, [series([11, 0.5], [12, 1])], WINDOW)).toMatchObject({
      limit: 1,
      headroom: 0.25,
    }));
});

describe('PromQL', () => {
  const ask = (metric: string, selectors = {}) => {
    const row = METRICS.find((each) => each.metric === metric);
    if (!row) throw new Error(metric);
    return promqlOf(row, selectors);
  };

  it('asks for a value an instance, and when it was scraped', () => {
    expect(ask('vllm:num_requests_waiting')).toEqual({
      value: 'sum by (instance) (vllm:num_requests_waiting{})',
      scraped: 'max by (instance) (timestamp(vllm:num_requests_waiting{}))',
    });
    expect(ask('DCGM_FI_DEV_GPU_UTIL', { gpu: 'gpu="0"', engine: 'job="v"' }).value).toBe(
      'max by (instance) (DCGM_FI_DEV_GPU_UTIL{gpu="0"})',
    );
  });

  it('puts a selector beside the matchers that a metric has, everywhere', () => {
    const only = 'device!~"lo|veth.*|docker.*|br-.*|cali.*|cni.*"';
    expect(ask('node_network_transmit_bytes_total', { node: 'job="n"' })).toEqual({
      value: `max by (instance, device) (node_network_transmit_bytes_total{${only},job="n"})`,
      scraped: `max by (instance, device) (timestamp(node_network_transmit_bytes_total{${only},job="n"}))`,
      limit: `max by (instance, device) (node_network_speed_bytes{${only},job="n"} > 0)`,
    });
    expect(ask('node_cpu_seconds_total', { node: 'job="n"' }).value).toBe(
      'sum by (instance) (node_cpu_seconds_total{mode!~"idle|iowait|steal",job="n"}) / ' +
        'count by (instance) (node_cpu_seconds_total{mode="idle",job="n"})',
    );
    expect(ask('node_cpu_seconds_total').value).not.toContain('$');
  });

  it('knows the old name of a metric after the new one, and no metric twice', () => {
    const names = METRICS.filter(({ signal, source }) => signal === 'kv_cache' && source === 'vLLM').map(
      (r) => r.metric,
    );
    expect(names).toEqual(['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc']);
    expect(new Set(METRICS.map(({ metric }) => metric)).size).toBe(METRICS.length);
    for (const name of Object.keys(SIGNALS)) expect(METRICS.some(({ signal }) => signal === name)).toBe(true);
  });
});

describe("Spearman's rank correlation", () => {
  it('is 1 for whatever rises together, −1 for what falls, by hand in between', () => {
    expect(spearman([1, 2, 3, 4], [1, 10, 1000, 1e6])).toBe(1);
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBe(-1);
    // 1 − 6 Σd² ÷ n(n² − 1), d = 0, 1, 1, 0, 0
    expect(spearman([1, 2, 3, 4, 5], [1, 3, 2, 4, 5])).toBeCloseTo(0.9, 12);
  });

  it('shares the ranks of equal values, and is unknown where nothing changes', () => {
    // Ranks 1, 2.5, 2.5, 4 and 1, 2, 3, 4: 4.5 ÷ √(4.5 × 5)
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(4.5 / Math.sqrt(22.5), 12);
    expect(spearman([1, 1, 1, 1], [1, 2, 3, 4])).toBeUndefined();
  });

  it('lies between −1 and 1, and knows no order of its arguments', () => {
    const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), { minLength: 2 });
    fc.assert(
      fc.property(pairs, (all) => {
        const [a, b] = [all.map(([x]) => x), all.map(([, y]) => y)];
        const rho = spearman(a, b);
        expect(spearman(b, a)).toBe(rho);
        if (rho !== undefined) expect(Math.abs(rho)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });
});
