/** Open loop in which every request of a TRACE starts at its time: arrivals, lengths and models as they were in production. */
import type { Options } from 'k6/options';
import { skippedRows } from '../lib/analysis/audit/trace.ts';
import { replay } from '../lib/load/replay.ts';
import { loadTest } from '../lib/load-test.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';
import { openTrace } from '../lib/workload/trace/open.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  TRACE: true,
  SPEED: true,
  WINDOW: true,
  LOOP: true,
  MODEL_MAP: true,
  BAD_ROWS: true,
  VUS: true,
});
const source = openTrace(settings);

const test = loadTest({
  name: 'replay',
  settings,
  plan: replay({ ...settings, source }),
  source,
  extras: [skippedRows(source)],
});

export const options = test.options satisfies Options;
export const { setup, request, warmup, teardown, handleSummary } = test;
