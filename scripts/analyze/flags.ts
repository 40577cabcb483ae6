/** Where a server's own metrics are asked for, by the flags of a command. */
import type { Command } from 'commander';
import type { Selectors } from '../../lib/analysis/server/promql.ts';
import { addressOf } from '../commands/address.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { flag } from '../cost/flags.ts';
import { createPrometheus, type Prometheus } from './prometheus.ts';
import { type OwnQuery, readQueries } from './queries.ts';
import { addSelector } from './selectors.ts';

/** As commander has them. */
export interface MetricsFlags {
  prometheus?: string;
  selector?: Selectors;
  queries?: string;
}

/** Who is asked, and for what. */
export interface Metrics {
  prometheus: Prometheus;
  selectors: Selectors;
  queries: readonly OwnQuery[];
}

/** Adds them to a command. */
export const addMetrics = (command: Command): Command =>
  command
    .option('--prometheus <url>', 'where the Prometheus is, user:password@ included where it asks for them')
    .option(
      '--selector <matchers>',
      'label matchers of the server: \'job="vllm"\'; gpu:…, node:…, engine:… for those alone',
      (text: string, all: Selectors = {}) => flag('selector', text, (t) => addSelector(t, all)),
    )
    .option('--queries <file>', 'PromQL of your own, as JSON: {"waiting": "sum(my_queue)"}');

/** Undefined where no Prometheus is named. PROMETHEUS_TOKEN logs in. @throws SettingsError @throws CommandError 107 */
export function metricsOf({ prometheus, ...more }: MetricsFlags): Metrics | undefined {
  const [first] = (['selector', 'queries'] as const).filter((name) => more[name] !== undefined);
  if (prometheus === undefined && first)
    throw new CommandError(`--${first} is about a --prometheus, and there is none`, EXIT.badSetting);
  if (prometheus === undefined) return undefined;
  return {
    prometheus: createPrometheus(addressOf('--prometheus', prometheus), process.env.PROMETHEUS_TOKEN || undefined),
    selectors: more.selector ?? {},
    queries: more.queries === undefined ? [] : flag('queries', more.queries, readQueries),
  };
}
