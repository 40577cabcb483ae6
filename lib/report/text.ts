import type { Extra } from '../analysis/analyze.ts';
import { confidenceText } from '../analysis/verdict.ts';
import type { Group, Results, SloResult, StepResult } from '../results.ts';
import { auditText } from './audit.ts';
import { type Column, fold, msText, rateText, shareText, table } from './table.ts';

/** The results as a person reads them in a terminal, at most 120 columns wide. */
export function textReport(results: Results, extras: readonly Extra[] = []): string {
  const { run, target, steps } = results;
  const own = extras.find((extra) => extra.table)?.table;
  const parts: string[][] = [
    [
      `llmload ${run.scenario} · ${target.models.join(', ') || 'no model'} at ${target.baseUrl} · ${target.api} · driver ${run.driver}`,
      labelsText(run.settings.META),
      `run ${run.id} · seed ${run.settings.SEED ?? '?'} · ${run.warmupRequests} warm-up requests, left out of all figures · ${loopText(results)}`,
    ].flatMap((l) => (l ? fold(l) : [])),
    !own && steps.length > 1 && steps.every((s) => s.load.kind === 'closed' && s.phase === 'steady')
      ? kneeTable(steps)
      : [],
    (own ?? stepTable)(results),
    ...extras.map((extra) => extra.text(results)),
    routing(results),
    failures(results).flatMap((l) => fold(l)),
    (extras.find((extra) => extra.verdicts)?.verdicts ?? verdictTable)(results),
    auditText(results.audit).flatMap((l) => fold(l)),
  ];
  return `${parts
    .filter((p) => p.length)
    .map((p) => p.join('\n'))
    .join('\n\n')}\n`;
}

/** What META says: `commit 1a2b3c · gpu H100`. */
export const labelsText = (labels: unknown): string =>
  Object.entries(labels ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ');

function loopText({ steps, run: { settings } }: Results): string {
  if (!steps.some((s) => s.load.kind === 'open'))
    return steps.some((s) => s.load.kind === 'closed' && s.load.thinkTime)
      ? 'closed loop (users think between answer and question)'
      : 'closed loop (the next request waits for an answer)';
  const { ARRIVAL: by, TRACE: trace } = settings;
  const random = typeof by === 'object' && by !== null && 'kind' in by && by.kind !== 'constant' ? by.kind : undefined;
  const when = trace === undefined ? random : 'as traced';
  return `open loop${when === undefined ? '' : `, ${when}`} (arrivals do not wait for answers)`;
}

/** From 100 s on in seconds, so that a column of timeouts stays narrow. */
export const msCell = (value: number | undefined): string =>
  value !== undefined && value >= 99_999.5 ? `${(value / 1000).toFixed(0)}s` : msText(value);

export interface Row {
  name: string;
  /** Of a step as a whole; else of what the name says in it. */
  whole: boolean;
  step: StepResult;
  group: Group;
  perSecond: number | undefined;
  inFlight: number | undefined;
}

/** A row a step, and below it one for each model and profile where there are several. */
export const rowsOf = (steps: readonly StepResult[]): Row[] =>
  steps.flatMap((step): Row[] => {
    const seconds = (step.window.to - step.window.from) / 1000;
    const own = [
      ...several(step.perModel).map((group) => ({ name: group.model, group })),
      ...several(step.perProfile).map((group) => ({ name: group.profile, group })),
    ];
    return [
      { name: step.name, whole: true, step, group: step, perSecond: step.achieved, inFlight: step.inFlight },
      ...own.map(({ name, group }) => ({
        name,
        whole: false,
        step,
        group,
        perSecond: seconds > 0 ? group.requests / seconds : undefined,
        inFlight: undefined,
      })),
    ];
  });

export function stepTable({ steps }: Results): string[] {
  if (steps.every((s) => s.requests === 0)) return ['nothing was measured'];
  const latency = (
    group: string,
    metric: keyof Group['metrics'],
    stat: 'p50' | 'p90' | 'p95' | 'p99' | 'max',
    width: number,
  ): Column<Row> => ({
    group,
    head: stat,
    width,
    cell: (r) => msCell(r.group.metrics[metric]?.[stat]),
  });
  const columns: Column<Row>[] = [
    {
      head: 'step',
      width: 8,
      left: true,
      cell: ({ name, whole }) => (whole ? shorten(name, 16) : `  ${shorten(name, 14)}`),
    },
    { group: 'in', head: 'flight', width: 6, cell: (r) => (r.inFlight === undefined ? '' : r.inFlight.toFixed(1)) },
    { head: 'requests', width: 8, cell: (r) => String(r.group.requests) },
    { head: 'errors', width: 6, cell: (r) => shareText(r.group.errorRate) },
    { head: 'req/s', width: 5, cell: (r) => rateText(r.perSecond) },
    { group: 'output', head: 'tok/s', width: 6, cell: (r) => rateText(r.group.throughput) },
    latency('TTFT ms', 'ttft', 'p50', 5),
    latency('TTFT ms', 'ttft', 'p95', 5),
    latency('TTFT ms', 'ttft', 'p99', 5),
    latency('ITL ms', 'itl', 'p50', 5),
    latency('ITL ms', 'itl', 'p99', 5),
    { group: 'TPOT', head: 'ms', width: 5, cell: (r) => msText(r.group.metrics.tpot?.p50) },
    latency('E2E ms', 'e2e', 'p50', 5),
    latency('E2E ms', 'e2e', 'p90', 5),
    latency('E2E ms', 'e2e', 'p99', 5),
    latency('E2E ms', 'e2e', 'max', 5),
    { group: 'in', head: 'SLO', width: 5, cell: (r) => shareText(r.group.inSlo) },
  ];
  return table(columns, rowsOf(steps));
}

/** One line a level: where more requests in flight stop giving more requests per second. */
function kneeTable(steps: readonly StepResult[]): string[] {
  const e2e = (stat: 'p50' | 'p90' | 'p99' | 'max'): Column<StepResult> => ({
    group: 'E2E ms',
    head: stat,
    width: 7,
    cell: (s) => msText(s.metrics.e2e?.[stat]),
  });
  return table<StepResult>(
    [
      { head: 'conc', width: 6, cell: (s) => String(s.load.kind === 'closed' ? s.load.concurrency : '') },
      { head: 'req', width: 7, cell: (s) => String(s.requests) },
      { head: 'ok', width: 7, cell: (s) => String(s.ok) },
      { head: 'err', width: 5, cell: (s) => String(s.requests - s.ok) },
      { head: 'req/s', width: 7, cell: (s) => rateText(s.achieved) },
      e2e('p50'),
      e2e('p90'),
      e2e('p99'),
      e2e('max'),
      { group: 'TTFT ms', head: 'p50', width: 7, cell: (s) => msText(s.metrics.ttft?.p50) },
      { group: 'TTFT ms', head: 'p99', width: 7, cell: (s) => msText(s.metrics.ttft?.p99) },
    ],
    steps,
  );
}

function routing({ routing: r }: Results): string[] {
  if (!r) return [];
  const lines = table(
    [
      { head: 'asked', width: 12, left: true, cell: (m) => m.asked },
      { head: '→', width: 1, left: true, cell: () => '→' },
      { head: 'answered', width: 12, left: true, cell: (m) => m.answered },
      { head: 'requests', width: 8, cell: (m) => String(m.count) },
    ],
    r.matrix,
  );
  return [...lines, `routing ${r.verdict}: ${r.why}`];
}

function failures({ failures: list }: Results): string[] {
  if (list.length === 0) return [];
  return ['failures, one example of each', ...list.map((f) => `  ${failureText(f)}`)];
}

export const failureText = (f: Results['failures'][number]): string =>
  `${f.outcome} × ${f.count}${f.inWarmup ? ` (and ${f.inWarmup} in warm-up)` : ''}: ${shorten(f.error, 90)} (${f.model}${f.id ? `, ${f.id}` : ''})`;

/** A row a term and step. The confidence of those that are certified stands beside them. */
export function verdictTable({ slo }: Results): string[] {
  if (slo.length === 0) return [];
  return table(verdictColumns(slo), slo).flatMap((l) => fold(l));
}

export function verdictColumns(slo: readonly SloResult[]): Column<SloResult>[] {
  const certified = slo.some((v) => v.kind === 'certified');
  const oneStep = new Set(slo.map((v) => v.step)).size === 1;
  return [
    { head: certified ? 'SLO' : 'SLO, observed', width: 14, left: true, cell: (v) => v.term },
    ...(certified && oneStep ? [] : [{ head: 'step', width: 8, left: true, cell: (v: SloResult) => v.step }]),
    { head: 'measured', width: 9, cell: (v) => valueText(v.term, v.measured) },
    { head: 'misses', width: 6, cell: (v) => (v.misses === null ? '–' : String(v.misses)) },
    { head: 'of', width: 6, cell: (v) => String(v.n) },
    { head: 'allowed', width: 7, cell: (v) => (v.allowed === null ? '–' : String(v.allowed)) },
    ...(certified ? [{ head: 'confidence', width: 10, cell: confidenceOf }] : []),
    { head: 'verdict', width: 12, left: true, cell: (v) => v.verdict },
    { head: '', width: 0, left: true, cell: (v) => v.why },
  ];
}

const confidenceOf = ({ kind, confidence, verdict }: SloResult): string =>
  kind === 'certified' ? confidenceText(confidence ?? Number.NaN) : verdict === 'NOT_MEASURED' ? '–' : kind;

export const valueText = (term: string, value: number | null): string =>
  value === null
    ? '–'
    : /^(errors|in_slo)/.test(term)
      ? shareText(value)
      : /^(goodput|throughput)/.test(term)
        ? rateText(value)
        : `${msText(value)} ms`;

const several = <T>(list: readonly T[] = []): readonly T[] => (list.length > 1 ? list : []);

const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text;
