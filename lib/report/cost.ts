/** What tokens cost, as a person reads it: tables with a unit in every head, at most 120 columns wide. */
import type { Asked, CostRow, Views } from '../analysis/cost/cost.ts';
import type { CostReport } from '../results.ts';
import { dollarText } from './dollars.ts';
import { markdownTable } from './markdown.ts';
import { type Column, fold, rateText, shareText, table } from './table.ts';

export interface CostTable {
  /** Above the table. */
  title?: string;
  columns: Column<CostRow>[];
}

const name: Column<CostRow> = {
  head: 'configuration',
  width: 13,
  left: true,
  cell: ({ name, load }) => {
    const at = load ? ` · ${load}` : '';
    return name.length + at.length > 40 ? `${name.slice(0, 39 - at.length)}…${at}` : name + at;
  },
};

const dollars = (group: string, head: string, of: (r: CostRow) => number | undefined): Column<CostRow> => ({
  group,
  head,
  width: 6,
  cell: (r) => dollarText(of(r)),
});

const viewed = (group: string, of: (r: CostRow) => Views): Column<CostRow>[] =>
  (['output', 'input', 'total'] as const).map((view) => dollars(group, view, (r) => of(r)[view]));

const BASIS = { saturation: 'saturation', knee: 'knee', run: 'run', table: '' };

const capacity: Column<CostRow>[] = [
  name,
  {
    head: 'tok/s are',
    width: 9,
    left: true,
    cell: ({ measured, basis }) => [measured ? 'measured' : 'assumed', BASIS[basis]].filter(Boolean).join(', '),
  },
  { head: 'GPUs', width: 4, cell: (r) => String(r.gpus) },
  dollars('$/hour', 'a GPU', (r) => r.dollarsPerGpuHour),
  dollars('$/hour', 'all', (r) => r.dollarsPerHour),
  { group: 'output tok/s', head: 'given', width: 6, cell: (r) => rateText(r.tokensPerSecond) },
  { group: 'output tok/s', head: 'factor', width: 6, cell: (r) => `× ${Number(r.loadFactor.toPrecision(3))}` },
  { group: 'output tok/s', head: 'production', width: 10, cell: (r) => rateText(r.productionTokensPerSecond) },
  { group: 'M output', head: 'tok/hour', width: 8, cell: (r) => dollarText(r.tokensPerHour / 1e6) },
];
const prices: Column<CostRow>[] = [
  name,
  ...viewed('$ per 1M tokens', (r) => r.dollarsPerMillion),
  ...viewed('$ per 1,000 tokens', (r) => r.dollarsPerThousand),
  { group: 'requests', head: 'per $', width: 8, cell: (r) => rateText(r.requestsPerDollar) },
];

/** Only what was asked for. */
export function costTables({ rows, asked: { hostedPrice, load, headroom } }: CostReport): CostTable[] {
  const list: CostTable[] = [{ columns: capacity }, { columns: prices }];
  if (hostedPrice) {
    const { input, output } = hostedPrice;
    const says = `${input === undefined ? '' : `$${dollarText(input)} input, `}$${dollarText(output)} output per 1M tokens`;
    list.push({
      title: `against a hosted price of ${says}`,
      columns: [
        name,
        dollars('hosted, $ per', '1M output', (r) => r.hosted?.dollarsPerMillionOutput),
        dollars('here, $ per', '1M output', (r) => r.dollarsPerMillion.output),
        { group: 'break-even', head: 'tok/s', width: 6, cell: (r) => rateText(r.hosted?.breakEvenTokensPerSecond) },
        { group: 'break-even', head: 'share', width: 6, cell: (r) => shareText(r.hosted?.breakEvenShare) },
        ...(input === undefined
          ? []
          : [
              dollars('split, $ per 1M', 'input', (r) => r.hosted?.split?.input),
              dollars('split, $ per 1M', 'output', (r) => r.hosted?.split?.output),
            ]),
      ],
    });
  }
  if (load) {
    const extra = headroom > 0 ? ` and ${Number((100 * headroom).toPrecision(4))}% headroom` : '';
    list.push({
      title: `for ${load.value} ${load.unit}${extra}`,
      columns: [
        name,
        { head: 'replicas', width: 8, cell: (r) => String(r.replicas?.count ?? '–') },
        { head: 'GPUs', width: 4, cell: (r) => String(r.replicas?.gpus ?? '–') },
        dollars('here', '$/hour', (r) => r.replicas?.dollarsPerHour),
        ...(hostedPrice && rows.some((r) => r.replicas)
          ? [dollars('hosted', '$/hour', (r) => r.replicas?.hostedDollarsPerHour)]
          : []),
      ],
    });
  }
  return list;
}

/** What the figures rest on. */
export function costNotes({ rows, asked, notes }: CostReport): string[] {
  const factors = [
    rows.some((r) => r.basis === 'saturation' || r.basis === 'table')
      ? `× ${asked.loadFactor}: the share of the throughput at saturation that production uses${rows.some((r) => r.basis === 'table') ? ", which a table's tok/s are taken for" : ''}`
      : '',
    rows.some((r) => r.loadFactor === 1 && r.basis !== 'table')
      ? 'a knee and a run count as measured, without a margin'
      : '',
  ];
  return [
    'input, output and total each carry the whole bill: three views, not three bills',
    factors.filter(Boolean).join('; '),
    asked.hostedPrice
      ? 'break-even: from so many output tok/s on, these GPUs cost less; share: of production tok/s, over 100% they never do'
      : '',
    asked.hostedPrice?.input !== undefined ? "split: one bill, parted by the hosted prices' weights" : '',
    needsTokens(asked) && rows.some((r) => !r.inputPerRequest || !r.outputPerRequest)
      ? '–: needs the tokens of a request (of a table: its columns input tokens/request, output tokens/request)'
      : '',
    ...notes,
  ].filter(Boolean);
}

const needsTokens = ({ hostedPrice, load }: Asked): boolean =>
  hostedPrice?.input !== undefined || load?.unit === 'req/s';

export function costText(report: CostReport): string {
  const blocks = costTables(report).map(({ title, columns }) => [
    ...(title ? [title] : []),
    ...table(columns, report.rows),
  ]);
  return text([...blocks, costNotes(report).flatMap((l) => fold(l))]);
}

/** The same for a page or a CI summary. */
export function costMarkdown(report: CostReport): string {
  const blocks = costTables(report).map(({ title, columns }) => [
    ...(title ? [`**${title}**`, ''] : []),
    ...markdownTable(columns, report.rows),
  ]);
  return text([...blocks, costNotes(report).map((l) => `- ${l}`)]);
}

const text = (blocks: readonly (readonly string[])[]): string => `${blocks.map((b) => b.join('\n')).join('\n\n')}\n`;
