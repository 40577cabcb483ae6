import { SettingsError, type Window } from '../../settings/parse.ts';
import type { CommonSettings } from '../../settings/settings.ts';
import { seedOf } from '../../shared.ts';
import { memoryRows } from './memory.ts';
import { PLAN_SUFFIX } from './plan-file.ts';
import { plannedRows } from './planned.ts';
import { type TraceSource, traceSource } from './source.ts';

interface TraceSettings extends Pick<CommonSettings, 'model' | 'seed' | 'runId' | 'given'> {
  trace: string | undefined;
  speed: number;
  window: Window | undefined;
  loop: number;
  modelMap: Record<string, string> | undefined;
  badRows: string;
}

/** What a trace says of each request, and a setting must not. */
const SAID = ['INPUT_TOKENS', 'WORKLOAD'] as const;

/** The requests of the file that TRACE names. Call in the init context. @throws SettingsError */
export function openTrace(settings: TraceSettings): TraceSource {
  const { trace, given } = settings;
  if (trace === undefined) throw new SettingsError('TRACE', '', 'not set', 'a CSV or JSON lines file, or a plan of it');
  for (const name of SAID)
    if (given.has(name))
      throw new SettingsError(name, __ENV[name] ?? '', 'the trace says how long prompts are', 'not set');
  const { part, rowAt } = trace.endsWith(PLAN_SUFFIX) ? plannedRows(trace, settings) : memoryRows(trace, settings);
  return traceSource(part, rowAt, settings, seedOf(settings));
}
