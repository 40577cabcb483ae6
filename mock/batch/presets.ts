import type { BatchSettings } from './settings.ts';

/** An engine that somebody measured. */
export interface Preset {
  what: string;
  settings: BatchSettings;
  /** Where the figures are from. */
  source: string;
}

export const PRESETS = {
  tiny: {
    what: 'Small enough to queue and to preempt at a few requests a second',
    settings: {
      maxSequences: 8,
      tokenBudget: 256,
      kvTokens: 4096,
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
