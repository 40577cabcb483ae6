import {
  LegendDisplayMode,
  LegendPlacement,
  SortOrder,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { RowBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as GraphBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

/** Which one is the reader's choice: the variable DS_PROMETHEUS, as in the official dashboards for k6. */
export const SOURCE = { type: 'prometheus', uid: '$DS_PROMETHEUS' };

/** k6's push interval: with it as the least step, $__rate_interval is at least 20 s. */
const STEP = '5s';

/** Units of Grafana. */
export type Unit = 's' | 'reqps' | 'percentunit' | 'short' | 'Bps' | 'suffix: tok/s' | 'suffix: /s';

export interface Query {
  expr: string;
  legend: string;
}

interface Words {
  title: string;
  /** What is shown, with its formula. */
  description: string;
  unit: Unit;
}

export interface Graph extends Words {
  queries: Query[];
  /** Of 24 columns. */
  width?: number;
  /** The highest value that there can be. */
  max?: number;
  /** Scraped, not pushed by k6: the data source knows how often. */
  scraped?: true;
}

const refIdOf = (k: number): string => String.fromCharCode(65 + k);
const queryOf = ({ expr, legend }: Query, k: number): DataqueryBuilder =>
  new DataqueryBuilder().datasource(SOURCE).refId(refIdOf(k)).expr(expr).legendFormat(legend);

/** Lines over time. */
export const graph = ({ title, description, unit, queries, width = 12, max, scraped }: Graph): GraphBuilder => {
  const panel = new GraphBuilder()
    .title(title)
    .description(description)
    .datasource(SOURCE)
    .span(width)
    .height(8)
    .unit(unit)
    .min(0)
    .lineWidth(1)
    .fillOpacity(5)
    .spanNulls(false)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['mean', 'max', 'lastNotNull']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .targets(queries.map((query, k) => queryOf(query, k).range()));
  if (max !== undefined) panel.max(max);
  return scraped ? panel : panel.interval(STEP);
};

/** One number over the whole time that is shown. */
export const stat = ({
  title,
  description,
  unit,
  expr,
  width = 4,
}: Words & { expr: string; width?: number }): StatBuilder =>
  new StatBuilder()
    .title(title)
    .description(description)
    .datasource(SOURCE)
    .span(width)
    .height(4)
    .unit(unit)
    .noValue('–')
    .targets([queryOf({ expr, legend: title }, 0).instant()]);

export interface Column {
  name: string;
  unit: Unit;
  expr: string;
}

/** A row for each set of labels; columns are numbers over the whole time that is shown. */
export const table = ({
  title,
  description,
  labels,
  columns,
}: Pick<Words, 'title' | 'description'> & { labels: string[]; columns: Column[] }): TableBuilder =>
  columns.reduce(
    (panel, { name, unit }) => panel.overrideByName(name, [{ id: 'unit', value: unit }]),
    new TableBuilder()
      .title(title)
      .description(description)
      .datasource(SOURCE)
      .span(24)
      .height(10)
      .noValue('–')
      .targets(
        columns.map(({ expr, name }, k) => queryOf({ expr, legend: name }, k).instant().format(PromQueryFormat.Table)),
      )
      .transformations([
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true },
            indexByName: Object.fromEntries([...labels, ...columns.map(fieldOf)].map((name, k) => [name, k])),
            renameByName: Object.fromEntries(columns.map((column, k) => [fieldOf(column, k), column.name])),
          },
        },
      ]),
  );

/** What Grafana calls the values of a query in a table. */
const fieldOf = (_: unknown, k: number): string => `Value #${refIdOf(k)}`;

export const row = (title: string): RowBuilder => new RowBuilder(title);
