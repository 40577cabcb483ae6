import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { TEST } from './k6.ts';
import { SOURCE } from './panels.ts';

/** What Grafana 11 and later read without having to change it. */
const SCHEMA = 39;
const TAG = 'llmload';

/** What all dashboards have: the data source, the test, where each phase was, links to the others. */
export const frame = (uid: string, title: string, description: string): DashboardBuilder =>
  [PHASES, FAULTS].reduce(
    (board, annotation) => board.annotation(annotation),
    new DashboardBuilder(title)
      .uid(uid)
      .description(description)
      .tags([TAG, 'k6'])
      .editable()
      .tooltip(DashboardCursorSync.Crosshair)
      .time({ from: 'now-30m', to: 'now' })
      .refresh('10s')
      .link(
        new DashboardLinkBuilder('llmload')
          .type(DashboardLinkType.Dashboards)
          .tags([TAG])
          .includeVars(true)
          .keepTime(true),
      )
      .withVariable(new DatasourceVariableBuilder('DS_PROMETHEUS').label('Prometheus').type('prometheus'))
      // The newest first, which is chosen where nothing else is.
      .withVariable(
        choice('testid', 'Test', 'label_values(k6_llm_requests_total, testid)').sort(VariableSort.AlphabeticalDesc),
      ),
  );

/** Several values, all of them unless some are chosen. */
const all = (variable: QueryVariableBuilder): QueryVariableBuilder => variable.includeAll(true).allValue('.*');

const choice = (name: string, label: string, query: string): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(SOURCE)
    .query(query)
    .definition(query)
    .multi(true)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.NaturalAsc);

const ofRequests = (name: string, label: string): QueryVariableBuilder =>
  all(choice(name, label, `label_values(k6_llm_requests_total{${TEST}}, ${name})`));

export const MODEL = ofRequests('model', 'Model');
export const STEP = ofRequests('step', 'Step');

/** Texts are k6's names of percentiles, values are for histogram_quantile. */
export const PERCENTILE = new CustomVariableBuilder('quantile')
  .label('Percentile')
  .values('p50 : 0.5, p90 : 0.9, p95 : 0.95, p99 : 0.99')
  .current({ text: 'p99', value: '0.99' })
  .options([
    { text: 'p50', value: '0.5', selected: false },
    { text: 'p90', value: '0.9', selected: false },
    { text: 'p95', value: '0.95', selected: false },
    { text: 'p99', value: '0.99', selected: true },
  ]);

/** Which of those that are scraped. @param metric that only they have; without one all */
export const scraped = (metric = 'up'): QueryVariableBuilder[] => [
  all(choice('job', 'Job', `label_values(${metric}, job)`)),
  all(choice('instance', 'Instance', `label_values(${metric}{job=~"$job"}, instance)`)),
];

/** A region for each set of labels, as long as requests of it come in. */
const regions = (
  name: string,
  colour: string,
  matchers: string,
  labels: string,
  text: string,
): AnnotationQueryBuilder =>
  new AnnotationQueryBuilder()
    .name(name)
    .datasource(SOURCE)
    .enable(true)
    .iconColor(colour)
    .expr(`max by (${labels}) (present_over_time(k6_llm_requests_total{${TEST},${matchers}}[15s]))`)
    .step('5s')
    .titleFormat(name)
    .textFormat(text)
    .tagKeys(labels.replaceAll(' ', ''));

const PHASES = regions(
  'Phases',
  'blue',
  'phase!="during"',
  'testid, step, phase',
  '{{phase}}, step {{step}} of {{testid}}',
);
const FAULTS = regions('Faults', 'red', 'phase="during"', 'testid, fault', '{{fault}} in {{testid}}');

/** The finished JSON: panels are numbered as they stand. */
export const finished = (board: DashboardBuilder): Dashboard => {
  const built = board.build();
  const panels = (built.panels ?? []).map((panel, k) => ({ ...panel, id: k + 1 }));
  return { ...built, schemaVersion: SCHEMA, panels };
};
