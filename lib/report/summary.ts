/** What a run found, in GitHub's Markdown: for the summary of a CI step. */
import { gateVerdicts, gravest } from '../analysis/gate.ts';
import type { Results } from '../results.ts';
import { differenceColumns } from './ab.ts';
import { doubtsOf } from './audit.ts';
import { chaosColumns, chaosRows } from './chaos.ts';
import { costMarkdown } from './cost.ts';
import { markdownTable, plainText } from './markdown.ts';
import { heldText } from './rates.ts';
import { routerVerdict } from './router.ts';
import { bottleneckText } from './server.ts';
import { type Column, rateText, shareText } from './table.ts';
import { failureText, labelsText, msCell, type Row, rowsOf, valueText, verdictColumns } from './text.ts';

export function summaryMarkdown(results: Results): string {
  const { run, target, steps, slo, comparison, routing, router, audit, failures, cost, chaos, server } = results;
  const verdict = failures.some((f) => f.outcome === 'exception') ? 'FAIL' : gravest(gateVerdicts(results));
  const labels = labelsText(run.settings.META);
  const parts: (readonly string[])[] = [
    [`### ${plainText([`llmload ${run.scenario}`, verdict?.replace('_', ' ')].filter(Boolean).join(': '))}`],
    [plainText(`${target.models.join(', ') || 'no model'} at ${target.baseUrl}${labels && ` · ${labels}`}`)],
    [sentencesOf(results).map(plainText).join('<br>')],
    slo.length > 0 ? markdownTable(verdictColumns(slo), slo) : [],
    steps.some((s) => s.requests + s.dropped > 0) ? markdownTable(stepColumns(results), rowsOf(steps)) : [],
    chaos ? markdownTable(chaosColumns, chaosRows(results)) : [],
    comparison && comparison.differences.length > 0
      ? markdownTable(differenceColumns(comparison), comparison.differences)
      : [],
    [
      ...(server ? [bottleneckText(server)] : []),
      ...(routing ? [`routing ${routing.verdict}: ${routing.why}`] : []),
      ...(router?.verdicts ?? []).map(routerVerdict),
      ...failures.map(failureText),
      ...doubtsOf(audit).map((doubt) => `doubt: ${doubt}`),
    ].map((line) => `- ${plainText(line)}`),
    cost ? [costMarkdown(cost).trimEnd()] : [],
    detailsOf(results),
  ];
  return `${parts
    .map((lines) => lines.join('\n'))
    .filter(Boolean)
    .join('\n\n')}\n`;
}

/** What it comes to. */
function sentencesOf({ bench, limit, knee, comparison, slo, steps, chaos = [] }: Results): string[] {
  if (bench) return [bench.sentence];
  if (steps.every((s) => s.requests === 0)) return ['nothing was measured'];
  return [
    ...(limit ? [`limit: ${limit.sentence}`] : []),
    ...(knee && !limit?.client ? [knee.sentence] : []),
    ...(comparison ? [comparison.sentence] : []),
    ...chaos.map(({ fault, why }) => `${fault}: ${why}`),
    ...sloSentence(slo),
  ];
}

const NOT_HELD = {
  FAIL: 'does not hold',
  NOT_MEASURED: 'was not measured',
  INCONCLUSIVE: 'cannot be told yet',
} as const;

/** `ttft.p99<1s does not hold: 1234 ms; the other 4 hold`. */
function sloSentence(slo: Results['slo']): string[] {
  if (slo.length === 0) return [];
  const several = new Set(slo.map((v) => v.step)).size > 1;
  const missed = slo.flatMap(({ verdict, term, step, measured }) => {
    if (verdict === 'PASS') return [];
    const value = measured === null ? '' : `: ${valueText(term, measured)}`;
    return [`${term} ${NOT_HELD[verdict]}${several ? ` at ${step}` : ''}${value}`];
  });
  const held = slo.length - missed.length;
  if (missed.length === 0) return [held === 1 ? `${slo[0]?.term} holds` : `all ${held} limits of the SLO hold`];
  return [[...missed, ...(held > 0 ? [`${held} of ${slo.length} hold`] : [])].join('; ')];
}

function stepColumns({ limit }: Results): Column<Row>[] {
  const latency = (group: string, metric: 'ttft' | 'itl' | 'e2e', head: 'p50' | 'p99'): Column<Row> => ({
    group,
    head,
    width: 0,
    cell: (r) => msCell(r.group.metrics[metric]?.[head]),
  });
  const column = (head: string, cell: (r: Row) => string): Column<Row> => ({ head, width: 0, cell });
  return [
    { ...column('step', (r) => (r.whole ? r.name : `↳ ${r.name}`)), left: true },
    column('asked', (r) => (r.whole ? askedText(r.step.load) : '')),
    column('req/s', (r) => rateText(r.perSecond)),
    column('requests', (r) => String(r.group.requests)),
    column('errors', (r) => shareText(r.group.errorRate)),
    column('tok/s', (r) => rateText(r.group.throughput)),
    latency('TTFT ms', 'ttft', 'p50'),
    latency('TTFT ms', 'ttft', 'p99'),
    latency('ITL ms', 'itl', 'p99'),
    latency('E2E ms', 'e2e', 'p99'),
    ...(limit ? [{ ...column('', (r) => (r.whole ? heldText(r.step, limit) : '')), left: true }] : []),
  ];
}

function askedText(load: Results['steps'][number]['load']): string {
  const value = Number((load.kind === 'open' ? load.rate : load.concurrency).toPrecision(4));
  return `${value} ${load.kind === 'open' ? 'req/s' : 'in flight'}`;
}

/** What it takes to find the run, or to do it again; folded. */
function detailsOf({ run, target }: Results): string[] {
  const { META, ...settings } = run.settings;
  const told: Record<string, unknown> = {
    run: run.id,
    started: run.startedAt,
    llmload: run.llmload,
    k6: run.k6,
    server: target.server,
    driver: run.driver,
    'warm-up requests': run.warmupRequests,
    ...settings,
  };
  const rows = Object.entries(told).filter(([, value]) => value !== undefined);
  const columns: Column<[string, unknown]>[] = [
    { head: 'setting', width: 0, left: true, cell: ([name]) => name },
    { head: 'value', width: 0, left: true, cell: ([, value]) => shown(value) },
  ];
  return [
    '<details><summary>run and settings, times in ms</summary>',
    '',
    ...markdownTable(columns, rows),
    '',
    '</details>',
  ];
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
