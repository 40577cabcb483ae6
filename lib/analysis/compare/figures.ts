import type { StepResult } from '../../results.ts';

/** A figure of a step that two runs are compared by. */
export interface Figure {
  name: string;
  unit: '' | 'ms' | '%';
  better: 'lower' | 'higher';
  /** Undefined where it was not measured. */
  value: (step: StepResult) => number | undefined;
}

/** In the order of the table. Shares are from 0 to 1, and differ by percentage points; all others by a share of the first run's. */
export const FIGURES = {
  'ttft.p50': { name: 'TTFT p50', unit: 'ms', better: 'lower', value: ({ metrics }) => metrics.ttft?.p50 },
  'ttft.p99': { name: 'TTFT p99', unit: 'ms', better: 'lower', value: ({ metrics }) => metrics.ttft?.p99 },
  'itl.mean': { name: 'ITL mean', unit: 'ms', better: 'lower', value: ({ metrics }) => metrics.itl?.mean },
  'itl.p99': { name: 'ITL p99', unit: 'ms', better: 'lower', value: ({ metrics }) => metrics.itl?.p99 },
  'tpot.p50': { name: 'TPOT p50', unit: 'ms', better: 'lower', value: ({ metrics }) => metrics.tpot?.p50 },
  'e2e.p50': { name: 'E2E p50', unit: 'ms', better: 'lower', value: ({ metrics }) => metrics.e2e?.p50 },
  'e2e.p99': { name: 'E2E p99', unit: 'ms', better: 'lower', value: ({ metrics }) => metrics.e2e?.p99 },
  errors: { name: 'error rate', unit: '%', better: 'lower', value: ({ errorRate }) => errorRate },
  'req/s': { name: 'req/s', unit: '', better: 'higher', value: ({ achieved }) => achieved },
  'tok/s': { name: 'tok/s', unit: '', better: 'higher', value: ({ throughput }) => throughput },
  goodput: { name: 'goodput', unit: '', better: 'higher', value: ({ goodput }) => goodput },
  cached: { name: 'cached share', unit: '%', better: 'higher', value: ({ cachedShare }) => cachedShare },
} as const satisfies Record<string, Figure>;

export type FigureName = keyof typeof FIGURES;
export const FIGURE_NAMES = Object.keys(FIGURES) as FigureName[];

export const isShare = (figure: FigureName): boolean => FIGURES[figure].unit === '%';
