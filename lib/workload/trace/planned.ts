import { native } from '../../client/native.ts';
import { SettingsError, type Window } from '../../settings/parse.ts';
import { fullPath } from '../../stored.ts';
import type { TraceRow } from './formats.ts';
import { type Part, partOf } from './part.ts';
import type { PlanHeader } from './plan-file.ts';
import type { Rows } from './rows.ts';

interface PlannedSettings {
  window: Window | undefined;
  speed: number;
}

/**
 * The part of a plan that is to be replayed; a row is read from disk when it is asked for.
 * @throws SettingsError where the file cannot be read, or not by this k6
 */
export function plannedRows(
  trace: string,
  settings: PlannedSettings,
): { part: Part; rowAt: (index: number) => TraceRow } {
  const rows = rowsOf(trace);
  const part = partOf(rows, settings);
  return { part, rowAt: (index) => rows.row(part.from + index) };
}

function rowsOf(trace: string): Rows {
  const refuse = (wrong: string, allowed: string) => new SettingsError('TRACE', trace, wrong, allowed);
  if (!native) throw refuse('a plan is read by bin/k6 only', 'CSV or JSON lines of at most 200,000 rows');
  let file: ReturnType<typeof native.plan>;
  try {
    file = native.plan(fullPath(trace));
  } catch (e) {
    throw refuse(e instanceof Error ? e.message : String(e), 'a file that `llmload plan` wrote');
  }
  const { span, models, text, skipped } = JSON.parse(file.header) as PlanHeader;
  return {
    length: file.rows,
    span,
    models,
    skipped: { count: skipped.count, first: skipped.first },
    find: file.find,
    peak: file.peak,
    row: (index) => {
      const row = file.row(index);
      return {
        at: row.at,
        model: row.model === undefined ? undefined : models[row.model],
        prompt: text === 'prompt' ? row.text : undefined,
        inputTokens: row.input,
        outputTokens: row.output,
        blocks: text === 'blocks' && row.text !== undefined ? (JSON.parse(row.text) as number[]) : undefined,
      };
    },
  };
}
