import { isDeepStrictEqual } from 'node:util';

/** These differ from run to run, or say where its files are. */
const ITS_OWN = ['RUN_ID', 'SEED', 'RECORDS', 'SUMMARY_JSON'];

/** What two runs were told differently. */
export function unlikeSettings(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): { name: string; a: string; b: string }[] {
  return Object.keys({ ...a, ...b })
    .filter((name) => !ITS_OWN.includes(name) && !isDeepStrictEqual(a[name], b[name]))
    .map((name) => ({ name, a: shown(a[name]), b: shown(b[name]) }));
}

function shown(value: unknown): string {
  const text = value === undefined ? 'not set' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
