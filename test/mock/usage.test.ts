import { expect, test } from 'vitest';
import { BatchEngine } from '../../mock/batch/engine.ts';
import { PRESETS } from '../../mock/index.ts';
import { UsageLog } from '../../mock/metrics/usage.ts';

test('what GPUs did in the last second', () => {
  // Alone in a step of 10 + 1 ms, for which the weights are read for 10.
  const batch = new BatchEngine({ ...PRESETS.tiny.settings, baseMs: 10, sequenceMs: 1, prefillTokenMs: 0 });
  const log = new UsageLog(batch);
  expect(log.read(0)).toEqual({ busy: 0, reading: 0, tokens: 0 });
  batch.add({ promptTokens: 1, outputTokens: 200, blocks: [] }, { scheduled() {}, token() {} });
  let at = 5000;
  for (let ms = batch.begin(); ms !== undefined; ms = batch.begin()) {
    at += ms;
    batch.finish();
    log.stepped(at, 1);
  }
  expect(at).toBe(7200);
  expect(log.read(at)).toMatchObject({ busy: 1, tokens: 91 });
  expect(log.read(at).reading).toBeCloseTo(0.91, 9);
  expect(log.read(at + 500).busy).toBeCloseTo(0.5, 1);
  expect(log.read(at + 500).reading).toBeCloseTo(0.5 * (10 / 11), 1);
  expect(log.read(at + 1000)).toEqual({ busy: 0, reading: 0, tokens: 0 });
});

test('a step that took longer for want of a core is no idle GPU', () => {
  const batch = new BatchEngine({ ...PRESETS.tiny.settings, baseMs: 10, sequenceMs: 0, prefillTokenMs: 0 });
  const log = new UsageLog(batch);
  batch.add({ promptTokens: 1, outputTokens: 2, blocks: [] }, { scheduled() {}, token() {} });
  batch.begin();
  batch.finish();
  log.starved(490);
  log.stepped(5500, 1);
  expect(log.read(5500).busy).toBeCloseTo(0.5, 9);
  expect(log.read(5500).reading).toBeCloseTo(0.5, 9);
});
