import { PRESETS, type PresetName } from './batch/presets.ts';
import type { BatchSettings } from './batch/settings.ts';

/** An engine as somebody asked for it: `NAME[,key=value…]`. */
export interface EngineSpec {
  preset: PresetName;
  settings: BatchSettings;
}

interface Parameter {
  key: keyof BatchSettings;
  name: string;
  /** Absent = on or off. */
  number?: { min: number; max: number; whole: boolean };
}

const count = (min: number, max: number) => ({ min, max, whole: true });
const ms = (min: number) => ({ min, max: 10_000, whole: false });

/** What may be set apart from its preset, in the words of `BatchSettings`. */
export const ENGINE_PARAMETERS: readonly Parameter[] = [
  { key: 'maxSequences', name: 'max-sequences', number: count(1, 1_000_000) },
  { key: 'tokenBudget', name: 'token-budget', number: count(1, 100_000_000) },
  { key: 'kvTokens', name: 'kv-tokens', number: count(1, 100_000_000) },
  { key: 'blockTokens', name: 'block-tokens', number: count(1, 1024) },
  // A step that took no time would never let anything else happen.
  { key: 'baseMs', name: 'base-ms', number: ms(0.1) },
  { key: 'sequenceMs', name: 'sequence-ms', number: ms(0) },
  { key: 'prefillTokenMs', name: 'prefill-token-ms', number: ms(0) },
  { key: 'contextTokenMs', name: 'context-token-ms', number: ms(0) },
  { key: 'prefixCache', name: 'prefix-cache' },
];

/** @throws Error with one line that says what is allowed. */
export function parseEngine(text: string): EngineSpec {
  const [name = '', ...pairs] = text.split(',').map((part) => part.trim());
  if (!isPreset(name)) throw refused(text, `want NAME[,key=value…], NAME one of ${Object.keys(PRESETS).join(', ')}`);
  const settings: BatchSettings = { ...PRESETS[name].settings };
  for (const pair of pairs) Object.assign(settings, readPair(text, pair));
  if (settings.kvTokens < settings.blockTokens) throw refused(text, 'kv-tokens must hold a block at least');
  return { preset: name, settings };
}

const isPreset = (name: string): name is PresetName => Object.hasOwn(PRESETS, name);

const refused = (text: string, why: string): Error => new Error(`engine "${text}": ${why}`);

function readPair(text: string, pair: string): Partial<BatchSettings> {
  const equals = pair.indexOf('=');
  const name = equals < 0 ? pair : pair.slice(0, equals);
  const parameter = ENGINE_PARAMETERS.find((each) => each.name === name);
  if (equals < 0 || parameter === undefined) {
    const names = ENGINE_PARAMETERS.map((each) => each.name).join(', ');
    throw refused(text, `"${pair}" is no key=value; keys are ${names}`);
  }
  return { [parameter.key]: readValue(text, parameter, pair.slice(equals + 1)) };
}

function readValue(text: string, { name, number }: Parameter, value: string): number | boolean {
  if (number === undefined) {
    if (value === 'true' || value === 'false') return value === 'true';
    throw refused(text, `${name} must be true or false`);
  }
  const { min, max, whole } = number;
  const read = value === '' ? Number.NaN : Number(value);
  if (read >= min && read <= max && (!whole || Number.isInteger(read))) return read;
  throw refused(text, `${name} must be ${whole ? 'an integer' : 'a number'} from ${min} to ${max}`);
}
