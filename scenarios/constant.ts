/** Open loop: requests start at RATE for DURATION, whatever the server does. What users feel at a given traffic. */
import type { Options } from 'k6/options';
import { constantRate } from '../lib/load/open.ts';
import { loadTest } from '../lib/load-test.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, { ...COMMON, RATE: '5', ARRIVAL: 'constant', DURATION: '120s', VUS: true });

const test = loadTest({ name: 'constant', settings, plan: constantRate(settings) });

export const options = test.options satisfies Options;
export const { setup, request, warmup, teardown, handleSummary } = test;
