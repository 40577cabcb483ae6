import { PRESETS } from '../../mock/batch/presets.ts';
import { engine } from './engine.ts';
import { measureLast } from './measured.ts';
import { closed, Simulation } from './simulation.ts';

/**
 * Llama 3 under NVIDIA NIM (TensorRT-LLM, fp16), measured with GenAI-Perf for NVIDIA's course on sizing LLM inference; its file
 * `nim.csv` is public in github.com/wbing520/ai-performance-engineering at 0e25b2e, code/ch10_inference/
 * inference_gpu_cluster_sizing/dataset. Every row: prompt tokens, output tokens, requests in flight, output tokens a second.
 */
export const PUBLISHED = {
  '8b-h100': [
    [200, 200, 1, 135],
    [200, 200, 10, 1200],
    [200, 200, 50, 4394],
    [200, 200, 250, 9176],
    [200, 1000, 1, 135],
    [200, 1000, 10, 1173],
    [200, 1000, 50, 4245],
    [200, 1000, 250, 8364],
    [200, 2000, 1, 133],
    [200, 2000, 10, 1148],
    [200, 2000, 50, 3811],
    [200, 2000, 250, 6377],
    [2000, 200, 1, 124],
    [2000, 200, 10, 833],
    [2000, 200, 50, 1698],
    [2000, 200, 250, 1991],
    [2000, 2000, 1, 124],
    [2000, 2000, 10, 944],
    [2000, 2000, 50, 2317],
    [2000, 2000, 250, 2791],
    [7000, 1000, 1, 107],
    [7000, 1000, 10, 614],
    [7000, 1000, 50, 1056],
    [7000, 1000, 250, 1083],
  ],
  '8b-a100': [
    [200, 200, 1, 82],
    [200, 200, 10, 726],
    [200, 200, 50, 2640],
    [200, 200, 250, 4380],
    [200, 1000, 1, 82],
    [200, 1000, 10, 726],
    [200, 1000, 50, 2660],
    [200, 1000, 250, 4352],
    [200, 2000, 1, 81],
    [200, 2000, 10, 695],
    [200, 2000, 50, 2275],
    [200, 2000, 250, 3294],
    [2000, 200, 1, 75],
    [2000, 200, 10, 448],
    [2000, 200, 50, 787],
    [2000, 200, 250, 828],
    [2000, 2000, 1, 76],
    [2000, 2000, 10, 569],
    [2000, 2000, 50, 1292],
    [2000, 2000, 250, 1459],
    [7000, 1000, 1, 65],
    [7000, 1000, 10, 341],
    [7000, 1000, 50, 485],
    [7000, 1000, 250, 438],
  ],
  '70b-4xh100': [
    [200, 200, 1, 53],
    [200, 200, 10, 465],
    [200, 200, 50, 1910],
    [200, 200, 250, 4491],
    [200, 1000, 1, 52],
    [200, 1000, 10, 473],
    [200, 1000, 50, 2086],
    [200, 1000, 250, 5724],
    [200, 2000, 1, 51],
    [200, 2000, 10, 454],
    [200, 2000, 50, 2046],
    [200, 2000, 250, 4126],
    [2000, 200, 1, 48],
    [2000, 200, 10, 329],
    [2000, 200, 50, 786],
    [2000, 200, 250, 942],
    [2000, 2000, 1, 48],
    [2000, 2000, 10, 398],
    [2000, 2000, 50, 1558],
    [2000, 2000, 250, 2020],
    [7000, 1000, 1, 41],
    [7000, 1000, 10, 276],
    [7000, 1000, 50, 765],
    [7000, 1000, 250, 763],
  ],
} as const satisfies Record<string, readonly (readonly [number, number, number, number])[]>;

/** What the engine of a preset makes of each row: its throughput as a share of what was published, less 1. */
export function deviations(name: keyof typeof PUBLISHED): number[] {
  const { settings } = PRESETS[name];
  return PUBLISHED[name].map(([prompt, output, inFlight, published]) => {
    const seconds = Math.max(60, (4 * inFlight * output) / published);
    const sim = new Simulation(engine(settings, { prompt, output }), 1);
    const { result } = measureLast(sim, [closed(inFlight, seconds)]);
    return (result.throughput ?? Number.NaN) / published - 1;
  });
}

export const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
