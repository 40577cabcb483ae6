import { BatchEngine } from '../../mock/batch/engine.ts';
import type { Ask } from '../../mock/batch/sequence.ts';
import type { BatchSettings } from '../../mock/batch/settings.ts';
import { type Draw, drawOf } from './draw.ts';
import { expected } from './engine-theory.ts';
import type { Model } from './servers.ts';

/** What is asked of an engine, request after request. */
export interface Asked {
  prompt: number | Draw;
  output: number | Draw;
  /** Keys of a request's full blocks, by its number; default none. */
  blocks?: (request: number) => Ask['blocks'];
}

/** The mock's engine, in virtual time. */
export function engine(settings: BatchSettings, { prompt, output, blocks = () => [] }: Asked): Model {
  const prompts = drawOf(prompt);
  const outputs = drawOf(output);
  return {
    capacity: expected(settings, { prompt: prompts.mean, output: outputs.mean }).capacity,
    start(rows, random) {
      const batch = new BatchEngine(settings);
      /** Rows whose last token came out of the step that ended now. */
      const ended: number[] = [];
      let now = 0;
      let due = Number.POSITIVE_INFINITY;
      const begin = () => {
        due = now + (batch.begin() ?? Number.POSITIVE_INFINITY);
      };
      return {
        arrive(at, row) {
          const promptTokens = Math.max(1, Math.round(prompts.draw(random)));
          const outputTokens = Math.max(1, Math.round(outputs.draw(random)));
          const events = {
            scheduled() {},
            token(count: number) {
              const passed = now - (rows.t[row] as number);
              if (count === 1) rows.answer(row, passed, Number.NaN, outputTokens);
              if (count === outputTokens) {
                rows.end[row] = passed;
                ended.push(row);
              }
            },
          };
          const added = batch.add({ promptTokens, outputTokens, blocks: blocks(row) }, events);
          if (added === 'too long') throw new Error(`${promptTokens} + ${outputTokens} tokens never fit`);
          now = at;
          if (due === Number.POSITIVE_INFINITY) begin();
        },
        next: () => (ended.length > 0 ? now : due),
        happen() {
          if (ended.length === 0) {
            now = due;
            batch.finish();
            begin();
          }
          return ended.shift() ?? -1;
        },
      };
    },
  };
}
