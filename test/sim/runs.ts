import { judgeRun } from '../../lib/analysis/analyze.ts';
import type { Run } from '../../lib/analysis/compare/compare.ts';
import { parseSlo, requestLimits } from '../../thresholds/slo.ts';
import { EPOCH, linesOf } from './columns.ts';
import type { Model } from './servers.ts';
import { type Phase, Simulation } from './simulation.ts';

const wanted = { stream: true, driver: 'native', ignoreEos: false, caching: false };

/** A run of its own in virtual time, as `llmload compare` reads it. */
export function runOf(name: string, model: Model, phases: readonly Phase[], seed: number, slo = ''): Run {
  const { columns, steps } = new Simulation(model, seed).run(phases);
  const terms = parseSlo(slo);
  const { measured } = judgeRun(columns, { steps, terms, wanted });
  const limits = terms.length > 0 ? requestLimits(terms) : undefined;
  return { name, steps: measured.map(({ result }) => result), limits, records: [{ columns, measured }] };
}

interface Told {
  scenario: string;
  settings?: object;
}

/** The records file of such a run. */
export function writtenRun(model: Model, phases: readonly Phase[], seed: number, { scenario, settings }: Told): string {
  const { columns, steps } = new Simulation(model, seed).run(phases);
  const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  const header = {
    llmload: 1,
    kind: 'run',
    run: `run-${seed}`,
    started: new Date(EPOCH).toISOString(),
    scenario,
    driver: 'native',
    settings: { BASE_URL: 'http://host', API: 'openai-chat', STREAM: true, SEED: seed, ...settings },
    steps,
    routing: false,
    models: [],
    profiles: [],
  };
  const lines = [
    header,
    { kind: 'setup', model: 'm', share: 1 },
    ...linesOf(columns),
    { kind: 'judged', t: EPOCH + 1000 * seconds + 60_000 },
    { kind: 'end', requests: columns.n, cut: 0, dropped: {} },
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
