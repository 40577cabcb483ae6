import type { ComponentChildren } from 'preact';

/** A column of a table, also one that lib/report has for a terminal. Figures stand to the right. */
export interface Column<T> {
  /** Printed once over its columns. */
  group?: string;
  head: string;
  left?: boolean;
  cell: (row: T) => ComponentChildren;
}

/** @param caption what it shows, for who cannot see it beside its heading */
export function Table<T>({
  columns,
  rows,
  caption,
}: {
  columns: readonly Column<T>[];
  rows: readonly T[];
  caption: string;
}) {
  const side = ({ left }: Column<T>) => (left ? 'left' : undefined);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table>
        <caption class="hidden">{caption}</caption>
        <thead>
          {columns.some((c) => c.group) && <Groups columns={columns} />}
          <tr>
            {columns.map((c, i) => (
              <th key={i} scope="col" class={side(c)}>
                {c.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, k) => (
            <tr key={k}>
              {columns.map((c, i) =>
                i === 0 ? (
                  <th key={i} scope="row" class={side(c)}>
                    {c.cell(row)}
                  </th>
                ) : (
                  <td key={i} class={side(c)}>
                    {c.cell(row)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Groups<T>({ columns }: { columns: readonly Column<T>[] }) {
  const spans: { group: string; width: number }[] = [];
  for (const { group = '' } of columns) {
    const last = spans.at(-1);
    if (last && group && last.group === group) last.width++;
    else spans.push({ group, width: 1 });
  }
  return (
    <tr class="groups">
      {spans.map(({ group, width }, k) =>
        group ? (
          <th key={k} scope="colgroup" colSpan={width}>
            {group}
          </th>
        ) : (
          <td key={k} />
        ),
      )}
    </tr>
  );
}
