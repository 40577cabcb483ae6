import type { PresetName } from '../batch/presets.ts';
import type { EngineSpec } from '../engine-spec.ts';
import type { Reading, Subject } from './reading.ts';
import type { Usage } from './usage.ts';

/** What a preset runs on. */
interface Hardware {
  gpus: number;
  name: string;
  /** Of one GPU, as nvidia-smi has it. */
  memoryMiB: number;
  /** Of the model, on all GPUs together. */
  weightsMiB: number;
  /** layers × KV heads × head size × 2 (keys and values) × 2 bytes, on all GPUs together. */
  kvKiBPerToken: number;
  /**
   * What one GPU sends for a token: two all-reduces a layer, each of the hidden state of 2-byte numbers, of which a ring
   * sends 2 (n − 1) / n. Absent = there is nobody to send to.
   */
  nvlinkBytesPerToken?: number;
}

const HARDWARE: Readonly<Record<PresetName, Hardware>> = {
  '8b-h100': {
    gpus: 1,
    name: 'NVIDIA H100 80GB HBM3',
    memoryMiB: 81_559,
    weightsMiB: 15_317,
    kvKiBPerToken: (32 * 8 * 128 * 2 * 2) / 1024,
  },
  '8b-a100': {
    gpus: 1,
    name: 'NVIDIA A100-SXM4-80GB',
    memoryMiB: 81_920,
    weightsMiB: 15_317,
    kvKiBPerToken: (32 * 8 * 128 * 2 * 2) / 1024,
  },
  '70b-4xh100': {
    gpus: 4,
    name: 'NVIDIA H100 80GB HBM3',
    memoryMiB: 81_559,
    weightsMiB: 134_570,
    kvKiBPerToken: (80 * 8 * 128 * 2 * 2) / 1024,
    nvlinkBytesPerToken: 80 * 2 * 8192 * 2 * (2 * (3 / 4)),
  },
  tiny: { gpus: 1, name: 'GPU', memoryMiB: 1024, weightsMiB: 256, kvKiBPerToken: 128 },
};

export interface SimulatedGpu {
  hardware: Hardware;
  usedMiB: number;
  usage: () => Usage;
}

/** As dcgm-exporter labels them. */
export const GPU_LABELS = ['gpu', 'UUID', 'device', 'modelName', 'Hostname'];

/** Names and units as in dcgm-exporter's etc/*.csv. */
export const GPU_READINGS: readonly Reading<SimulatedGpu>[] = [
  {
    type: 'gauge',
    name: 'DCGM_FI_DEV_GPU_UTIL',
    help: 'GPU utilization (in %). Simulated: share of the last second in which steps ran.',
    read: ({ usage }) => 100 * usage().busy,
  },
  {
    type: 'gauge',
    name: 'DCGM_FI_DEV_MEM_COPY_UTIL',
    help: 'Memory utilization (in %). Simulated: share of the last second in which steps read weights and KV cache.',
    read: ({ usage }) => 100 * usage().reading,
  },
  {
    type: 'gauge',
    name: 'DCGM_FI_DEV_FB_USED',
    help: 'Framebuffer memory used (in MiB). Simulated: the weights and the whole KV cache, which is reserved at start.',
    read: ({ usedMiB }) => usedMiB,
  },
  {
    type: 'gauge',
    name: 'DCGM_FI_DEV_FB_FREE',
    help: 'Framebuffer memory free (in MiB). Simulated: the rest of the memory.',
    read: ({ hardware, usedMiB }) => Math.max(0, hardware.memoryMiB - usedMiB),
  },
  nvlink('TX', 'transmitted'),
  nvlink('RX', 'received'),
];

/** What is sent in a ring is received in it. */
function nvlink(way: string, done: string): Reading<SimulatedGpu> {
  return {
    type: 'gauge',
    name: `DCGM_FI_PROF_NVLINK_${way}_BYTES`,
    help: `The rate of data ${done} over NVLink, in bytes per second. Simulated: the all-reduces of the last second's tokens.`,
    read: ({ hardware, usage }) => hardware.nvlinkBytesPerToken && hardware.nvlinkBytesPerToken * usage().tokens,
  };
}

/** The GPUs of a model that stands on its own; `first` is the index of the first of them. */
export function gpusOf(
  model: string,
  { preset, settings }: EngineSpec,
  first: number,
  usage: () => Usage,
): Subject<SimulatedGpu>[] {
  const hardware = HARDWARE[preset];
  const { gpus, name, weightsMiB, kvKiBPerToken } = hardware;
  const usedMiB = Math.round((weightsMiB + (settings.kvTokens * kvKiBPerToken) / 1024) / gpus);
  return Array.from({ length: gpus }, (_, k) => ({
    labels: {
      gpu: `${first + k}`,
      UUID: `GPU-simulated-${model}-${k}`,
      device: `nvidia${first + k}`,
      modelName: `simulated ${name}`,
      Hostname: 'simulated',
    },
    of: { hardware, usedMiB, usage },
  }));
}
