/** What the server's GPUs cost, where it is said. */
import { type Asked, costOf } from '../../lib/analysis/cost/cost.ts';
import { measuredConfigs } from '../../lib/analysis/cost/measured.ts';
import type { CostReport, Results } from '../../lib/results.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { askedBy, flag, parseDollars, parseGpus } from '../cost/flags.ts';

export interface GpuFlags {
  gpus?: string;
  price?: string;
  loadFactor?: string;
  load?: string;
  headroom?: string;
  hostedPrice?: string;
}

/** Absent is not said. */
export interface Gpus {
  gpus?: number;
  dollarsPerGpuHour?: number;
  asked?: Asked;
}

export const GPU_OPTIONS: readonly [string, string][] = [
  ['--gpus <n>', 'how many GPUs serve it (1)'],
  ['--price <$>', '$ per hour of one of them; what follows needs it'],
  ['--load-factor <share>', 'share of the throughput at saturation that production uses (0.7)'],
  ['--load <load>', "replicas for a load, as in '20 req/s', '5000 tok/s' (output)"],
  ['--headroom <share>', 'what to keep free on top of --load (0%)'],
  ['--hosted-price <$>', '$ per million output tokens of a hosted API to compare with, or input:output'],
];

/** They say nothing without a price. */
const ABOUT = ['loadFactor', 'load', 'headroom', 'hostedPrice'] as const;

/** @throws SettingsError, CommandError */
export function gpusOf(flags: GpuFlags): Gpus {
  const { gpus, price } = flags;
  const count = gpus === undefined ? {} : { gpus: flag('gpus', gpus, parseGpus) };
  const asked = askedBy({ ...flags, loadFactor: flags.loadFactor ?? '0.7' });
  if (price !== undefined) return { gpus: 1, ...count, dollarsPerGpuHour: flag('price', price, parseDollars), asked };
  const lonely = ABOUT.find((name) => flags[name] !== undefined);
  if (!lonely) return count;
  const name = lonely.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new CommandError(`--${name} is about what tokens cost, and there is no --price`, EXIT.badSetting);
}

const QUICK =
  'quick: its overloads last for seconds, in which batches only fill; at saturation the server may give more tok/s, and tokens cost less';

/** Undefined without a price, or without output tok/s to price. */
export function costReport(
  results: Results,
  quick: boolean,
  { gpus, dollarsPerGpuHour, asked }: Gpus,
): CostReport | undefined {
  if (gpus === undefined || dollarsPerGpuHour === undefined || asked === undefined) return undefined;
  const { configs, notes } = measuredConfigs(results, { name: 'here', gpus, dollarsPerGpuHour });
  if (configs.length === 0) return undefined;
  const early = quick && configs.some((config) => config.basis === 'saturation');
  return { rows: configs.map((config) => costOf(config, asked)), asked, notes: early ? [QUICK, ...notes] : notes };
}
