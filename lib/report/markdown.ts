import type { Column } from './table.ts';

/** The columns of a text table as a table of Markdown: a group stands before each of its heads. */
export function markdownTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map((c) => c.replaceAll('|', '\\|')).join(' | ')} |`;
  return [
    line(columns.map(({ group, head }) => [group, head].filter(Boolean).join(' '))),
    line(columns.map(({ left }) => (left ? '---' : '---:'))),
    ...rows.map((row) => line(columns.map(({ cell }) => cell(row)))),
  ];
}
