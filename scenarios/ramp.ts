/** Closed loop: VUs up to CONCURRENCY, hold, down. How the server carries a crowd; with a long HOLD, a soak test. */
import type { Options } from 'k6/options';
import { rampingVus } from '../lib/load/closed.ts';
import { loadTest } from '../lib/load-test.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, { ...COMMON, CONCURRENCY: '10', RAMP_UP: '30s', HOLD: '60s', RAMP_DOWN: '10s' });

const test = loadTest({ name: 'ramp', settings, plan: rampingVus(settings) });

export const options = test.options satisfies Options;
export const { setup, request, teardown, handleSummary } = test;
