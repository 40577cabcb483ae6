/** Text tables: heads above columns, numbers to the right, names to the left. */

export interface Column<T> {
  /** Group head above the head, printed once over its columns: `TTFT ms`. */
  group?: string;
  head: string;
  /** Least width. */
  width: number;
  left?: boolean;
  cell: (row: T) => string;
}

export function table<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const cells = rows.map((row) => columns.map((c) => c.cell(row)));
  const widths = columns.map((c, i) => Math.max(c.width, c.head.length, ...cells.map((r) => (r[i] ?? '').length)));
  const pad = (text: string, i: number) =>
    columns[i]?.left ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  const line = (texts: readonly string[]) => texts.map(pad).join(' ').trimEnd();
  const lines: string[] = [];
  if (columns.some((c) => c.group)) lines.push(groupHead(columns, widths));
  lines.push(line(columns.map((c) => c.head)));
  return [...lines, ...cells.map(line)];
}

/** `TTFT ms` centred between dashes over the columns it covers; over a single one it stands to the right, as figures do. */
function groupHead<T>(columns: readonly Column<T>[], widths: readonly number[]): string {
  let text = '';
  for (let i = 0; i < columns.length; ) {
    const { group } = columns[i] as Column<T>;
    let width = widths[i] ?? 0;
    let next = i + 1;
    while (group && columns[next]?.group === group) width += 1 + (widths[next++] ?? 0);
    const label = group ?? '';
    const room = width - 1;
    text +=
      next > i + 1 && room >= label.length + 2
        ? ` ${` ${label} `.padStart((room + label.length + 2) >> 1, '─').padEnd(room, '─')} `
        : `${label.padStart(width)} `;
    i = next;
  }
  return text.trimEnd();
}

/** Milliseconds to three or four figures: 0.42, 12.3, 1234. */
export function msText(value: number | null | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (value === null) return '∞';
  return value < 1 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

export const rateText = (value: number | undefined): string =>
  value === undefined ? '–' : value < 10 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : value.toFixed(0);

/** 45 s, 2.5 min. */
export const timeText = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Number((seconds / 60).toPrecision(2))} min`;

/** In at most six characters; only all is 100%, only nothing 0%. */
export function shareText(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value > 0 && value < 0.00005) return '<0.01%';
  if (value > 0.999 && value < 1) return `${(Math.floor(value * 10_000) / 100).toFixed(2)}%`;
  return `${(value * 100).toFixed(value === 1 || value === 0 ? 0 : value < 0.1 ? 2 : 1)}%`;
}

/** A long line broken at spaces, the rest of it indented. A word longer than a line stays whole. */
export function fold(line: string, width = 120): string[] {
  const indent = ' '.repeat(line.search(/\S|$/) + 4);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const cut = rest.lastIndexOf(' ', width);
    if (cut <= indent.length) break;
    lines.push(rest.slice(0, cut));
    rest = indent + rest.slice(cut + 1);
  }
  return [...lines, rest];
}
