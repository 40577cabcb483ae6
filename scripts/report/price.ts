import { type Asked, costOf } from '../../lib/analysis/cost/cost.ts';
import { measuredConfigs } from '../../lib/analysis/cost/measured.ts';
import type { CostReport, Results } from '../../lib/results.ts';
import { Bad } from '../../lib/settings/bad.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { type AskingFlags, askedBy, flag, parseDollars, parseGpus } from '../cost/flags.ts';

export interface PriceFlags extends AskingFlags {
  gpus?: string;
  price?: string;
}

/** The GPUs that served a run, and $ per hour of one, as far as they are known. */
export interface Priced {
  gpus?: number;
  dollarsPerGpuHour?: number;
}

/** What is known of each run, and what is asked of the prices. */
export interface Pricing {
  runs: Priced[];
  /** Where there are prices. */
  asked?: Asked;
}

/**
 * What the flags say of n runs: one value for all, or one a run. GPUs that have a price and no number are one.
 * @throws SettingsError @throws CommandError 107
 */
export function pricingOf({ gpus, price, loadFactor, load, headroom, hostedPrice }: PriceFlags, n: number): Pricing {
  const asking = Object.entries({ loadFactor, load, headroom, hostedPrice }).filter(([, value]) => value !== undefined);
  if (price === undefined && asking[0])
    throw new CommandError(`--${kebab(asking[0][0])} is about a --price, and there is none`, EXIT.badSetting);
  const counts = gpus === undefined ? [] : flag('gpus', gpus, (text) => oneEach(text, n, parseGpus));
  if (price === undefined)
    return { runs: Array.from({ length: n }, (_, k) => ({ ...(counts[k] && { gpus: counts[k] }) })) };
  const runs = flag('price', price, (text) => oneEach(text, n, parseDollars)).map((dollarsPerGpuHour, k) => ({
    gpus: counts[k] ?? 1,
    dollarsPerGpuHour,
  }));
  return { runs, asked: askedBy(Object.fromEntries(asking)) };
}

/** What its tokens cost. Where that cannot be told there is a note. */
export function billOf(
  results: Results,
  name: string,
  { gpus = 1, dollarsPerGpuHour = Number.NaN }: Priced,
  asked: Asked,
): { cost?: CostReport; note?: string } {
  if (results.comparison)
    return { note: `${name} loaded two servers at once: whose GPUs gave which tokens it does not tell` };
  const { configs, notes } = measuredConfigs(results, { name: 'here', gpus, dollarsPerGpuHour });
  if (configs.length === 0) return { note: `${name} has no output tok/s of a steady load to price` };
  return { cost: { rows: configs.map((config) => costOf(config, asked)), asked, notes } };
}

function oneEach<T>(text: string, n: number, parse: (text: string) => T): T[] {
  const parts = text.split(',').map((part) => parse(part.trim()));
  if (parts.length !== 1 && parts.length !== n)
    throw new Bad(`${parts.length} values for ${n} run${n === 1 ? '' : 's'}`, 'one for all, or one a run');
  return parts.length === 1 ? Array<T>(n).fill(parts[0] as T) : parts;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
