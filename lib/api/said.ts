import type { Usage } from '../completion.ts';
import { errorText, object, type Said } from './api.ts';

const count = (v: unknown): number | undefined => (typeof v === 'number' && Number.isFinite(v) ? v : undefined);

function usageOf(values: Record<string, unknown>): Usage | undefined {
  const input = count(values.input);
  const output = count(values.output);
  if (input === undefined && output === undefined) return undefined;
  const usage: Usage = { input: input ?? 0, output: output ?? 0 };
  const cached = count(values.cached);
  const reasoning = count(values.reasoning);
  if (cached !== undefined) usage.cached = cached;
  if (reasoning !== undefined) usage.reasoning = reasoning;
  return usage;
}

/** What the values say whose names mean the same in every API: model, finish, input, output, cached, reasoning, error. */
export function commonSaid(values: Record<string, unknown>): Said {
  const { model, finish, error } = values;
  const said: Said = {};
  if (typeof model === 'string' && model) said.answered = model;
  if (typeof finish === 'string' && finish) said.finish = finish;
  const tokens = usageOf(values);
  if (tokens) said.usage = tokens;
  if (error !== undefined && error !== null && error !== '')
    said.error = errorText(object(error)) || 'an error without a text';
  return said;
}
