import { type MixShare, SettingsError } from './parse.ts';

interface MixSettings {
  mix: MixShare[] | undefined;
  modelA: string | undefined;
  modelB: string | undefined;
  weightA: number;
  weightB: number;
}

/** The models by weight, where any are named. @throws SettingsError */
export const namedMix = (settings: MixSettings): MixShare[] | undefined =>
  settings.mix || settings.modelA || settings.modelB ? mixShares(settings) : undefined;

/** MODEL_A/B and WEIGHT_A/B are a MIX of two. @throws SettingsError where neither is there. */
export function mixShares({ mix, modelA, modelB, weightA, weightB }: MixSettings): MixShare[] {
  if (mix) return mix;
  if (!modelA || !modelB) {
    throw new SettingsError(modelA ? 'MODEL_B' : 'MODEL_A', '', 'not set', 'two models, or MIX=a:0.7,b:0.3');
  }
  if (modelA === modelB) throw new SettingsError('MODEL_B', modelB, 'the same as MODEL_A', 'another model');
  if (!(weightA > 0)) throw new SettingsError('WEIGHT_A', String(weightA), 'too small', 'a number above 0');
  if (!(weightB > 0)) throw new SettingsError('WEIGHT_B', String(weightB), 'too small', 'a number above 0');
  return [
    { model: modelA, weight: weightA },
    { model: modelB, weight: weightB },
  ];
}
