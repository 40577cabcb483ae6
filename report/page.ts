import type { Charts } from '../lib/analysis/charts/charts.ts';
import type { Results } from '../lib/results.ts';

/** What report.html shows; everything in it is JSON. */
export interface Page {
  /** The first is what the page is about; the others are drawn beside it. */
  runs: readonly [PageRun, ...PageRun[]];
}

export interface PageRun {
  /** As it is called where there are several: its folder. */
  name: string;
  results: Results;
  /** Absent where there are no records. */
  charts?: Charts;
  /** GPUs that served it, and $ per hour of one, where they are known. */
  gpus?: number;
  dollarsPerGpuHour?: number;
}
