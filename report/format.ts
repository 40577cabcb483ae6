/** Figures as the page writes them: in tables without their unit, in words and on hover with it. Runs in Node and in the page. */
import { dollarText } from '../lib/report/dollars.ts';
import { msText, rateText, shareText } from '../lib/report/table.ts';

/** What an axis counts in. `elapsed`: ms since the start; `share`: 0 to 1; `$`: for a million output tokens. */
export type Unit =
  | 'ms'
  | 'req/s'
  | 'tok/s'
  | 'in flight'
  | 'on average'
  | 'requests'
  | 'share'
  | 'elapsed'
  | '$'
  | 'tok/s per GPU'
  | 'tok/s per user';

/** `12,345` */
export const countText = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `812 ms`, `1.24 s` */
export const durationText = (ms: number): string =>
  ms < 999.5 ? `${msText(ms)} ms` : `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;

/** `2:05`, `1:02:05` */
export function elapsedText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours ? `${hours}:${two(minutes)}` : minutes}:${two(seconds % 60)}`;
}

/** To four figures, without closing zeros: the loads of steps. */
export const loadText = (value: number): string => String(Number(value.toPrecision(4)));

/** Of a step a whole number; of a stretch of time a mean. */
const inFlightText = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

/** As in a table whose head has the unit. */
export function cellText(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–';
  if (unit === 'ms') return msText(value);
  if (unit === 'requests') return countText(value);
  if (unit === 'share') return shareText(value);
  if (unit === 'elapsed') return elapsedText(value);
  if (unit === '$') return dollarText(value);
  return rateText(value);
}

/** With its unit. */
export function valueText(value: number | null | undefined, unit: Unit): string {
  if (value === null || value === undefined) return '–';
  if (unit === 'ms') return durationText(value);
  if (unit === '$') return `$${dollarText(value)}`;
  const text = unit === 'req/s' ? loadText(value) : unit === 'in flight' ? inFlightText(value) : cellText(value, unit);
  return unit === 'share' || unit === 'elapsed' ? text : `${text} ${unit}`;
}

/** At a tick of an axis, whose name has the unit, but for times, which choose theirs. */
export function tickText(value: number, unit: Unit): string {
  if (unit === 'ms') return value >= 1000 ? `${loadText(value / 1000)} s` : `${loadText(value)} ms`;
  if (unit === 'share') return `${loadText(100 * value)}%`;
  if (unit === 'elapsed') return elapsedText(value);
  return value >= 10_000 ? `${loadText(value / 1000)}k` : loadText(value);
}
