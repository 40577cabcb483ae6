import type { Check } from '../results.ts';

/** How the checks that hold on every step read, from the worst of them. Others read as their sentence. */
const HELD: Record<string, (worst: number) => string> = {
  dropped: () => 'every planned request sent',
  starts: (ms) => `starts late by p99 ${ms.toFixed(1)} ms`,
  schedule: (off) => `${off > 0 ? `${Math.floor(1000 * (1 - off)) / 10} %` : 'all'} started within 10 ms of their plan`,
  in_flight: () => 'in flight as asked',
  little: (share) => `in flight = rate × latency${share < 0.0005 ? '' : ` within ${percent(share)}`}`,
  client_cpu: (share) => `client at ${percent(share)} of its CPU`,
  client_lag: (ms) => `its timers late by ${ms.toFixed(1)} ms`,
  settled: () => 'TTFT steady',
};
const NOTES = ['cold', 'resent', 'clock'];

const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
const kindOf = (check: Check): string => check.check.split('.', 1)[0] ?? '';

/** One line of all that was checked and holds, then the notes, then a sentence for each thing that makes a figure doubtful. */
export function auditText(audit: readonly Check[]): string[] {
  const held = [...byKind(audit)]
    .filter(([kind, checks]) => !NOTES.includes(kind) && checks.every((c) => c.ok))
    .map(
      ([kind, checks]) => HELD[kind]?.(Math.max(...checks.map((c) => Number(c.value)))) ?? checks[0]?.sentence ?? '',
    );
  return [
    ...packed('checked: ', held),
    ...audit.filter((c) => c.ok && NOTES.includes(kindOf(c))).map((c) => `note: ${c.sentence}`),
    ...doubtsOf(audit).map((sentence) => `doubt: ${sentence}`),
  ];
}

/** A sentence for each thing that makes a figure doubtful. */
export const doubtsOf = (audit: readonly Check[]): string[] =>
  [...byKind(audit)].flatMap(([, checks]) => doubt(checks.filter((c) => !c.ok)));

function byKind(audit: readonly Check[]): Map<string, Check[]> {
  const kinds = new Map<string, Check[]>();
  for (const check of audit) kinds.set(kindOf(check), [...(kinds.get(kindOf(check)) ?? []), check]);
  return kinds;
}

/** Items in lines of at most 120 columns, none of them broken. */
function packed(head: string, items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(head + item);
    else if (last.length + item.length + 5 > 120) lines.push(`    ${item}`);
    else lines[lines.length - 1] = `${last} · ${item}`;
  }
  return lines.map((line, i) => (i < lines.length - 1 ? `${line} ·` : line));
}

/** The worst step in full; of the others only their names. */
function doubt(checks: readonly Check[]): string[] {
  const [worst, ...others] = [...checks].sort((a, b) => Number(b.value) - Number(a.value));
  if (!worst) return [];
  const names = others.map((c) => c.check.slice(kindOf(c).length + 1));
  const more = names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} others` : names.join(', ');
  return [`${worst.sentence}${more && ` (so too ${more})`}`];
}
