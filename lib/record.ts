import type { Columns, ColumnType } from 'k6/x/llmload';
import type { Completion } from './completion.ts';
import { type Line, outputTokens } from './metrics.ts';

/** A record's columns in the order they are written; the shape is a contract (one JSON line a request). */
export const COLUMNS = {
  t: 'number',
  i: 'number',
  lag: 'number',
  scenario: 'category',
  step: 'category',
  phase: 'category',
  model: 'category',
  answered: 'category',
  profile: 'category',
  outcome: 'category',
  status: 'number',
  resent: 'number',
  cold: 'boolean',
  connect: 'number',
  headers: 'number',
  ttft: 'number',
  ttfo: 'number',
  e2e: 'number',
  end: 'number',
  gaps: 'gaps',
  in: 'number',
  out: 'number',
  cached: 'number',
  reasoning: 'number',
  frames: 'number',
  token_source: 'category',
  finish: 'category',
  id: 'text',
  error: 'text',
  warm: 'boolean',
} as const satisfies Record<string, ColumnType>;

/** Where in the run a request belongs. */
export interface Place {
  i: number;
  scenario: string;
  step: string;
  phase: string;
  warm: boolean;
}

export function lineOf(c: Completion, place: Place): Line {
  const ok = c.outcome === 'ok';
  return {
    t: c.startedAt,
    i: place.i,
    lag: c.plannedAt === undefined ? null : c.startedAt - c.connectMs - c.plannedAt,
    scenario: place.scenario,
    step: place.step,
    phase: place.phase,
    model: c.model,
    answered: c.answered,
    outcome: c.outcome,
    status: c.status,
    resent: c.resent,
    cold: c.cold,
    connect: c.connectMs,
    headers: c.headersMs,
    ttft: c.ttft,
    ttfo: ok ? c.ttfo : undefined,
    e2e: ok ? c.e2e : undefined,
    end: c.endMs,
    in: c.usage?.input,
    out: outputTokens(c),
    cached: c.usage?.cached,
    reasoning: c.usage?.reasoning,
    frames: c.frames,
    token_source: c.tokenSource,
    finish: c.finish,
    id: c.requestId,
    error: ok ? undefined : c.error,
    warm: place.warm,
  };
}

export type { Columns };
