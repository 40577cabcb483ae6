import type { Column } from './table.ts';

/** Text as Markdown shows it, letter by letter, in one line. */
export const plainText = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\|`*_<[\]~&]/g, '\\$&');

/** The columns of a text table as a table of Markdown: a group stands before each of its heads. */
export function markdownTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ group, head }) => plainText([group, head].filter(Boolean).join(' ')))),
    line(columns.map(({ left }) => (left ? '---' : '---:'))),
    ...rows.map((row) => line(columns.map(({ cell }) => plainText(cell(row))))),
  ];
}
