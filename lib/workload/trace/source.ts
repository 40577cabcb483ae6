import type { Source, SourceRow } from '../source.ts';
import { blockTexts } from './blocks.ts';
import type { TraceRow } from './formats.ts';
import { askedModels } from './models.ts';
import { LEAST_MS, type Part } from './part.ts';

interface SourceSettings {
  speed: number;
  loop: number;
  modelMap: Readonly<Record<string, string>> | undefined;
  model: string | undefined;
}

/** A trace as it is to be replayed. */
export interface TraceSource extends Source {
  /** Of the whole replay, ms. */
  readonly duration: number;
  /** Most requests that start within ten seconds. */
  readonly peak: number;
  readonly skipped: Part['skipped'];
}

/**
 * The requests of a trace: SPEED times as fast as they came, LOOP times over.
 * @param rowAt of the trace, from 0 at the first row of the part
 * @throws SettingsError
 */
export function traceSource(
  part: Part,
  rowAt: (index: number) => TraceRow,
  { speed, loop, ...models }: SourceSettings,
  { seed, runId }: { seed: number; runId: string },
): TraceSource {
  const rows = part.to - part.from;
  const asked = askedModels(part.models, models);
  let last: SourceRow | undefined;
  let lastIndex = -1;
  return {
    length: rows * loop,
    duration: Math.max(LEAST_MS, (part.span * loop) / speed),
    peak: part.peak,
    skipped: part.skipped,
    models: [...new Set(Object.values(asked))],
    blockText: blockTexts(seed, runId),
    row(index) {
      if (last && index === lastIndex) return last;
      const turn = Math.floor(index / rows);
      const row = rowAt(index - turn * rows);
      last = {
        due: (row.at - part.start + turn * part.span) / speed,
        model: row.model === undefined ? undefined : asked[row.model],
        prompt: row.prompt,
        inputTokens: row.inputTokens,
        outputTokens: row.outputTokens,
        blocks: row.blocks,
      };
      lastIndex = index;
      return last;
    },
  };
}
