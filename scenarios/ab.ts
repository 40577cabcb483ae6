/** Two servers, TARGETS, under the same load at the same time: what does the second, such as a router, add to the first? */
import type { Options } from 'k6/options';
import { sideBySide } from '../lib/load/ab.ts';
import { loadTest } from '../lib/load-test.ts';
import { comparesTargets } from '../lib/report/ab.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  TARGETS: true,
  CONCURRENCY: '8',
  RATE: true,
  ARRIVAL: 'poisson',
  DURATION: '60s',
  VUS: true,
});

const test = loadTest({ name: 'ab', settings, ...sideBySide(settings), extras: [comparesTargets] });

export const options = test.options satisfies Options;
export const { setup, request, warmup, teardown, handleSummary } = test;
