/** Open loop at RATE, or at each of RATES, for DURATION: does the server hold the SLO, certified at CONFIDENCE? */
import type { Options } from 'k6/options';
import { rates } from '../lib/load/open.ts';
import { loadTest } from '../lib/load-test.ts';
import { certifiesSla } from '../lib/report/sla.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  RATE: '5',
  RATES: true,
  ARRIVAL: 'poisson',
  DURATION: '30m',
  SLO: 'chat',
  CONFIDENCE: true,
  VUS: true,
});

const test = loadTest({
  name: 'sla',
  settings,
  plan: rates({ ...settings, rates: settings.rates ?? [settings.rate] }),
  confidence: settings.confidence,
  extras: [certifiesSla],
});

export const options = test.options satisfies Options;
export const { setup, request, warmup, teardown, handleSummary } = test;
