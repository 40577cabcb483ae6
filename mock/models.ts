import { MAX_TOKENS } from './ask.ts';
import { parseEngine } from './engine-spec.ts';
import { splitModelName } from './fault-spec.ts';
import type { MockOptions, ModelSettings } from './options.ts';

/** A model as asked for: its own name, its settings, and the fault that the name it was asked by brings along (`mock~reset=3`). */
export interface Model {
  name: string;
  settings: ModelSettings;
  fault?: string;
}

/** Every name that /v1/models lists. */
export function servedModels(options: MockOptions): string[] {
  return [...new Set([...options.models, ...Object.keys(options.modelOverrides)])];
}

export function findModel(options: MockOptions, name: string): Model | undefined {
  const served = (model: string): boolean =>
    options.models.includes(model) || Object.hasOwn(options.modelOverrides, model);
  if (served(name)) return { name, settings: settingsOf(options, name) };
  const { model, fault } = splitModelName(name);
  if (fault !== undefined && (served(model) || options.anyModel))
    return { name: model, settings: settingsOf(options, model), fault };
  return options.anyModel ? { name, settings: options } : undefined;
}

/** The longest prompt and answer together that a served model takes. */
export function contextTokens(options: MockOptions, name: string): number {
  const { engine } = settingsOf(options, name);
  return engine === '' ? MAX_TOKENS : parseEngine(engine).settings.kvTokens;
}

function settingsOf(options: MockOptions, model: string): ModelSettings {
  const override = Object.hasOwn(options.modelOverrides, model) ? options.modelOverrides[model] : undefined;
  return { ...options, ...override };
}
