import { BatchEngine } from '../../mock/batch/engine.ts';
import type { BatchSettings } from '../../mock/batch/settings.ts';
import { engine } from './engine.ts';
import { type Alike, expected } from './engine-theory.ts';
import { measureLast } from './measured.ts';
import { open, Simulation } from './simulation.ts';

/** Half a minute to fill the batch, then a minute that is measured. */
const [FILL, MEASURE] = [30, 60];

/** Simulated under random arrivals at so many shares of the capacity, beside what the formulas say; ms, tokens and requests a second. */
export function curve(settings: BatchSettings, alike: Alike, shares: readonly number[]) {
  const theory = expected(settings, alike);
  return shares.map((share) => {
    const rate = share * theory.capacity;
    const phases = [open(rate, FILL, { poisson: true }), open(rate, MEASURE, { poisson: true, name: 'measured' })];
    const { result } = measureLast(new Simulation(engine(settings, alike), 1), phases);
    const { ttft, tpot } = result.metrics;
    return {
      rate,
      share,
      batch: result.inFlight,
      simulated: { throughput: result.throughput, itl: tpot?.mean, ttft50: ttft?.p50, ttft99: ttft?.p99 },
      formula: {
        throughput: theory.throughput(rate),
        itl: theory.itl(rate),
        // Over capacity: of the request that arrives in the middle of the measured minute.
        ttft: theory.ttft(rate) + theory.growth(rate) * (FILL + MEASURE / 2),
      },
    };
  });
}

/** Tokens a CPU second that the engine makes without a clock and without HTTP, `inFlight` requests at a time. */
export function speed(settings: BatchSettings, { prompt, output }: Alike, inFlight: number, tokens: number): number {
  const batch = new BatchEngine(settings);
  let number = 0;
  const next = (): void => {
    const first = 1000 * number++;
    const blocks = Array.from({ length: Math.floor(prompt / settings.blockTokens) }, (_, k) => first + k);
    const token = (count: number) => count === output && next();
    batch.add({ promptTokens: prompt, outputTokens: output, blocks }, { scheduled() {}, token });
  };
  for (let k = 0; k < inFlight; k++) next();
  const from = process.cpuUsage();
  while (batch.totals.generatedTokens < tokens && batch.begin() !== undefined) batch.finish();
  const { user, system } = process.cpuUsage(from);
  return (1e6 * batch.totals.generatedTokens) / (user + system);
}
