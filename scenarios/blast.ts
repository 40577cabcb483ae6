/**
 * CONCURRENCY in flight until TOTAL_REQUESTS are done or DURATION is over. With LEVELS one step each: the knee table,
 * where more requests in flight stop giving more requests per second.
 */
import type { Options } from 'k6/options';
import { blast } from '../lib/load/closed.ts';
import { loadTest } from '../lib/load-test.ts';
import { findsKnee } from '../lib/report/knee.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  CONCURRENCY: '30',
  TOTAL_REQUESTS: true,
  DURATION: true,
  LEVELS: true,
});

const plan = blast(settings, { requests: 600, levelDuration: 20_000 });
const test = loadTest({ name: 'blast', settings, plan, extras: [findsKnee] });

export const options = test.options satisfies Options;
export const { setup, request, teardown, handleSummary } = test;
