/** Several models by weight, in a closed loop: does the router send each request to the model that was asked? */
import type { Options } from 'k6/options';
import { blast } from '../lib/load/closed.ts';
import { loadTest } from '../lib/load-test.ts';
import { mixShares } from '../lib/settings/mix.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  EXPECT_MODEL: 'exact',
  MODEL_A: true,
  MODEL_B: true,
  WEIGHT_A: '0.7',
  WEIGHT_B: '0.3',
  MIX: true,
  CONCURRENCY: '30',
  TOTAL_REQUESTS: true,
  DURATION: true,
});

const plan = blast(settings, { requests: 900 });
const test = loadTest({ name: 'mix', settings, plan, mix: mixShares(settings) });

export const options = test.options satisfies Options;
export const { setup, request, teardown, handleSummary } = test;
