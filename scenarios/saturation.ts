/** Open loop at each of RATES in turn, after a BASELINE: how much load the server carries, and what breaks first. */
import type { Options } from 'k6/options';
import { rates } from '../lib/load/open.ts';
import { steady } from '../lib/load/steady.ts';
import { loadTest } from '../lib/load-test.ts';
import { findsKnee } from '../lib/report/knee.ts';
import { findsLimit } from '../lib/report/limit.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  RATES: '5..100:5',
  ARRIVAL: 'poisson',
  DURATION: '60s',
  BASELINE: '1',
  VUS: true,
});

const { baseline, duration, rates: values } = settings;
// A baseline is compared with all others: it gets twice the time.
const rising = rates({
  ...settings,
  arrival: steady(settings.arrival),
  rates: values,
  baseline: { rate: baseline, duration: 2 * duration },
});
// The highest loads are meant to break: an SLO only says what goodput is.
const plan = { ...rising, steps: rising.steps.map((step) => ({ ...step, judged: false })) };
const test = loadTest({ name: 'saturation', settings, plan, extras: [findsLimit, findsKnee] });

export const options = test.options satisfies Options;
export const { setup, request, warmup, teardown, handleSummary } = test;
