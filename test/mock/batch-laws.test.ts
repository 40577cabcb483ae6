import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BatchEngine } from '../../mock/batch/engine.ts';
import type { Sequence } from '../../mock/batch/sequence.ts';

const BLOCK = 4;
const BLOCKS = 8;

const settings = fc.record({
  maxSequences: fc.integer({ min: 1, max: 6 }),
  tokenBudget: fc.integer({ min: 1, max: 20 }),
  prefixCache: fc.boolean(),
});
/** A prompt of one of three families: those of one begin alike. */
const asked = fc.record({
  promptTokens: fc.integer({ min: 1, max: 14 }),
  outputTokens: fc.integer({ min: 1, max: 25 }),
  family: fc.integer({ min: 1, max: 3 }),
});
const happening = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: asked }) },
  { weight: 1, arbitrary: fc.record({ remove: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ steps: fc.integer({ min: 1, max: 9 }) }) },
);

it('whatever comes and goes, blocks are counted right, budgets kept, tokens handed out one by one, and in the end all is free', () => {
  let preemptions = 0;
  let hits = 0;
  fc.assert(
    fc.property(settings, fc.array(happening, { minLength: 10, maxLength: 60 }), (how, story) => {
      const engine = new BatchEngine({
        ...how,
        kvTokens: BLOCK * BLOCKS,
        blockTokens: BLOCK,
        baseMs: 1,
        sequenceMs: 1,
        prefillTokenMs: 1,
        contextTokenMs: 1,
      });
      const all: Sequence[] = [];
      const heard = new Map<Sequence, number>();
      let removed = 0;

      // Plain asserts: `expect` would take most of the time.
      const check = () => {
        const held = new Set(all.flatMap((sequence) => sequence.held)).size;
        assert(Math.abs(engine.kvUsage - held / BLOCKS) < 1e-9);
        assert.equal(engine.running, all.filter(({ state }) => state === 'running').length);
        assert.equal(engine.waiting, all.filter(({ state }) => state === 'waiting').length);
        assert(engine.running <= how.maxSequences);
        for (const { state, held: blocks, computed } of all)
          assert(state !== 'running' || computed <= blocks.length * BLOCK);
      };
      const step = (): boolean => {
        const ms = engine.begin();
        const { decoded, prefilled, tokens, context } = engine.step;
        assert(decoded + prefilled <= how.tokenBudget);
        assert.equal(ms, decoded + prefilled === 0 ? undefined : 1 + tokens + prefilled + context);
        if (ms === undefined) assert.equal(engine.running + engine.waiting, 0);
        check();
        if (ms !== undefined) engine.finish();
        check();
        return ms !== undefined;
      };

      for (const what of story) {
        if ('add' in what) {
          const { promptTokens, outputTokens, family } = what.add;
          const blocks = Array.from({ length: Math.floor(promptTokens / BLOCK) }, (_, k) => family * 100 + k);
          const added = engine.add(
            { promptTokens, outputTokens, blocks },
            {
              scheduled: (tokens) => assert(tokens < promptTokens),
              token(count) {
                assert.equal(count, (heard.get(added as Sequence) ?? 0) + 1);
                heard.set(added as Sequence, count);
              },
            },
          );
          if (added === 'too long') assert(promptTokens + outputTokens > BLOCK * BLOCKS);
          else all.push(added);
        } else if ('remove' in what) {
          const sequence = all[what.remove % Math.max(1, all.length)];
          if (sequence && sequence.state !== 'gone') removed += 1;
          if (sequence) engine.remove(sequence);
        } else for (let k = 0; k < what.steps; k++) step();
        check();
      }
      while (step());
      assert.equal(engine.kvUsage, 0);
      const whole = all.filter((sequence) => heard.get(sequence) === sequence.ask.outputTokens).length;
      assert.equal(whole + removed, all.length);
      preemptions += engine.totals.preemptions;
      hits += engine.totals.prefixHitTokens;
    }),
    { seed: 7, numRuns: 150 },
  );
  // The stories were full of both.
  expect(preemptions).toBeGreaterThan(100);
  expect(hits).toBeGreaterThan(200);
});
