import type { BatchSettings } from './settings.ts';

export interface Preset {
  what: string;
  settings: BatchSettings;
  /** Where the figures are from. */
  source: string;
}

/** The rows that the times were fitted to; test/sim/engine-published.test.ts holds 24 of each against the engine. */
const NIM =
  'least squares over the rows of NVIDIA’s benchmark of NIM (TensorRT-LLM, fp16; GenAI-Perf, 1 to 250 in flight, five mixes of lengths) that fit into the KV cache; `kvTokens` from the rows that do not';

/** Four times a step each, in ms, and the sizes; docs/engine.md has their formula and how they compare with data sheets. */
export const PRESETS = {
  '8b-h100': {
    what: 'Llama 3 8B, 16 bit, one H100 SXM 80 GB',
    settings: {
      maxSequences: 256,
      tokenBudget: 8192,
      kvTokens: 410_000,
      blockTokens: 16,
      baseMs: 7.6,
      sequenceMs: 0.025,
      prefillTokenMs: 0.025,
      contextTokenMs: 0.000079,
      prefixCache: true,
    },
    source: NIM,
  },
  '8b-a100': {
    what: 'Llama 3 8B, 16 bit, one A100 SXM 80 GB',
    settings: {
      maxSequences: 256,
      tokenBudget: 2048,
      kvTokens: 400_000,
      blockTokens: 16,
      baseMs: 11.9,
      sequenceMs: 0.057,
      prefillTokenMs: 0.071,
      contextTokenMs: 0.000154,
      prefixCache: true,
    },
    source: NIM,
  },
  '70b-4xh100': {
    what: 'Llama 3 70B, 16 bit, four H100 SXM 80 GB as one (tensor parallel)',
    settings: {
      maxSequences: 256,
      tokenBudget: 8192,
      kvTokens: 360_000,
      blockTokens: 16,
      baseMs: 20.2,
      sequenceMs: 0.054,
      prefillTokenMs: 0.074,
      contextTokenMs: 0.000051,
      prefixCache: true,
    },
    source: NIM,
  },
  tiny: {
    what: 'No real GPU: queues and throws out at a few requests a second',
    settings: {
      maxSequences: 8,
      tokenBudget: 256,
      kvTokens: 1536,
      blockTokens: 16,
      baseMs: 10,
      sequenceMs: 1,
      prefillTokenMs: 0.1,
      contextTokenMs: 0,
      prefixCache: true,
    },
    source: 'made up',
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
