import { isDeepStrictEqual } from 'node:util';
import type { Loaded } from './load.ts';

/** These differ from run to run, or say where its files are. */
const ITS_OWN = ['RUN_ID', 'SEED', 'RECORDS', 'SUMMARY_JSON'];

type Told = Readonly<Record<string, unknown>>;
interface Unlike {
  name: string;
  a: string;
  b: string;
}

/** What two runs were told differently, and what they were measured with where that is known of both. */
export function unlike(a: Pick<Loaded, 'told' | 'with'>, b: typeof a): Unlike[] {
  const both = Object.keys(a.with).filter((name) => a.with[name] !== undefined && b.with[name] !== undefined);
  const made = (one: Told) => Object.fromEntries(both.map((name) => [name, one[name]]));
  return [...unlikeSettings(a.told, b.told), ...differences(made(a.with), made(b.with))];
}

/** What two runs were told differently. */
export const unlikeSettings = (a: Told, b: Told): Unlike[] => differences(labelled(a), labelled(b));

/** What is to be remembered of a run, label by label. */
const labelled = ({ META, ...told }: Told): Told => ({
  ...told,
  ...Object.fromEntries(Object.entries(META ?? {}).map(([label, value]) => [`META ${label}`, value])),
});

const differences = (a: Told, b: Told): Unlike[] =>
  Object.keys({ ...a, ...b })
    .filter((name) => !ITS_OWN.includes(name) && !isDeepStrictEqual(a[name], b[name]))
    .map((name) => ({ name, a: shown(a[name]), b: shown(b[name]) }));

function shown(value: unknown): string {
  const text = value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
