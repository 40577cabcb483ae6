/** Closed loop through a router: does each answer come from the right model, from a backend it may use, and to the right asker? */
import type { Options } from 'k6/options';
import { blast } from '../lib/load/closed.ts';
import { loadTest } from '../lib/load-test.ts';
import { judgesRouter } from '../lib/report/router.ts';
import { namedMix } from '../lib/settings/mix.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  EXPECT_MODEL: 'exact',
  ECHO: 'true',
  OUTPUT_TOKENS: '64',
  MODEL_A: true,
  MODEL_B: true,
  WEIGHT_A: '0.7',
  WEIGHT_B: '0.3',
  MIX: true,
  ROUTES: true,
  CONCURRENCY: '32',
  TOTAL_REQUESTS: true,
  DURATION: true,
  LEVELS: true,
});

/** ms of a step that no count ends. */
const LASTS = 20_000;
const { totalRequests, duration = totalRequests === undefined ? LASTS : undefined } = settings;
const plan = blast({ ...settings, duration }, { levelDuration: LASTS });
const mix = namedMix(settings);
const test = loadTest({ name: 'router', settings, plan, ...(mix && { mix }), extras: [judgesRouter] });

export const options = test.options satisfies Options;
export const { setup, request, teardown, handleSummary } = test;
