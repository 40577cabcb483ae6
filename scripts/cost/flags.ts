import type { Asked, HostedPrice } from '../../lib/analysis/cost/cost.ts';
import { Bad } from '../../lib/settings/bad.ts';
import { SettingsError } from '../../lib/settings/parse.ts';
import { CommandError, EXIT } from '../commands/exit.ts';

/** What the command's flags gave, as text. */
export interface Flags {
  table?: string;
  gpus?: string;
  price?: string;
  name?: string;
  loadFactor: string;
  load?: string;
  headroom?: string;
  hostedPrice?: string;
  json?: string;
  markdown?: true;
}

/** Tells Bad with the flag that it is about. @throws SettingsError */
export function flag<T>(name: string, text: string, parse: (text: string) => T): T {
  try {
    return parse(text.trim());
  } catch (e) {
    throw e instanceof Bad ? new SettingsError(`--${name}`, text, e.message, e.allowed) : e;
  }
}

/** @throws SettingsError, CommandError */
export function askedBy({
  loadFactor,
  headroom,
  load,
  hostedPrice,
}: Pick<Flags, 'loadFactor' | 'headroom' | 'load' | 'hostedPrice'>): Asked {
  const asked: Asked = {
    loadFactor: flag('load-factor', loadFactor, (t) => share(t, 0.01, 1)),
    headroom: flag('headroom', headroom ?? '0%', (t) => share(t, 0, 2)),
    ...(load !== undefined && { load: flag('load', load, parseLoad) }),
    ...(hostedPrice !== undefined && { hostedPrice: flag('hosted-price', hostedPrice, parseHosted) }),
  };
  if (headroom !== undefined && load === undefined)
    throw new CommandError('--headroom is about a --load, and there is none', EXIT.badSetting);
  return asked;
}

const decimal = (text: string | undefined): number =>
  /^(\d+\.?\d*|\.\d+)$/.test(text ?? '') ? Number(text) : Number.NaN;

/** `30%` or `0.3`. */
function share(text: string, least: number, most: number): number {
  const value = text.endsWith('%') ? decimal(text.slice(0, -1)) / 100 : decimal(text);
  if (value >= least && value <= most) return value;
  throw new Bad('not such a share', `${least * 100}% to ${most * 100}%, or ${least} to ${most}`);
}

/** `20 req/s`, `5000 tok/s`. */
function parseLoad(text: string): NonNullable<Asked['load']> {
  const [, number, unit] = /^([\d.]+) ?(req|tok|tokens)\/s$/.exec(text) ?? [];
  const value = decimal(number);
  if (value > 0) return { value, unit: unit === 'req' ? 'req/s' : 'tok/s' };
  throw new Bad('not a load', "requests or output tokens per second, as in '20 req/s', '5000 tok/s'");
}

/** $ from 3.50 or $3.50. @throws Bad */
export function parseDollars(text: string): number {
  const value = decimal(text.replace(/^\$/, ''));
  if (value > 0) return value;
  throw new Bad('not a price', 'dollars above 0, as in 3.50');
}

/** @throws Bad */
export function parseGpus(text: string): number {
  const value = decimal(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Bad('not a number of GPUs', 'a whole number of 1 or more');
}

/** `10`, or `2.50:10` for input:output. */
function parseHosted(text: string): HostedPrice {
  const prices = text.split(':').map((part) => decimal(part.trim().replace(/^\$/, '')));
  const [first, second] = prices;
  const fits = prices.length <= 2 && prices.every((p) => p > 0);
  if (fits && first !== undefined) return second === undefined ? { output: first } : { input: first, output: second };
  throw new Bad('not a price', '$ per million output tokens, or input:output, as in 10 or 2.50:10');
}
