import type { Chaos, Seen, Suffering } from '../../lib/analysis/chaos/result.ts';
import {
  type ChaosRow,
  chaosColumns,
  chaosRows,
  SIGNS,
  secondsText,
  timesText,
  verdictText,
} from '../../lib/report/chaos.ts';
import { msText, rateText, shareText } from '../../lib/report/table.ts';
import type { Results, StepResult } from '../../lib/results.ts';
import { countText, elapsedText } from '../format.ts';
import { Badge } from '../parts/badge.tsx';
import { Section } from '../parts/section.tsx';
import { type Column, Table } from '../parts/table.tsx';

/** Faults that were made on purpose: one as a whole; of several a table, and each folded below it. */
export function Faults({ results: { chaos = [], steps } }: { results: Results }) {
  const [only] = chaos;
  if (!only) return null;
  if (chaos.length === 1)
    return (
      <Section id="chaos" title={`Fault: ${only.fault}`}>
        <Fault chaos={only} steps={steps} />
      </Section>
    );
  const columns = chaosColumns.map((column): Column<ChaosRow> => {
    if (column.head === 'failure') return { ...column, cell: (row) => row.chaos.fault };
    return column.head === 'verdict' ? { ...column, cell: (row) => <FaultBadge chaos={row.chaos} /> } : column;
  });
  return (
    <Section id="chaos" title="Faults">
      <Table caption="Faults and what became of them" columns={columns} rows={chaosRows({ chaos, steps })} />
      {chaos.some((each) => each.recovery?.unaided) && (
        <p class="note">* over by itself, counted from the injection; else from when the fault was undone.</p>
      )}
      {chaos.map((each, k) => (
        <details key={k}>
          <summary>{each.fault}</summary>
          <Fault chaos={each} steps={steps} />
        </details>
      ))}
    </Section>
  );
}

const FaultBadge = ({ chaos: { verdict } }: { chaos: Chaos }) => (
  <Badge verdict={verdict} word={verdictText(verdict)} />
);

function Fault({ chaos, steps }: { chaos: Chaos; steps: readonly StepResult[] }) {
  const { seen, models, backends, looksLike, error } = chaos;
  const phases = phasesOf(chaos, steps);
  return (
    <>
      <p>
        <FaultBadge chaos={chaos} /> {chaos.why}
      </p>
      {error !== undefined && <p>The injector: {error}</p>}
      {looksLike !== undefined && <p>It looks like this: {looksLike}.</p>}
      <Moments chaos={chaos} phases={phases} />
      {phases.length > 0 && (
        <Table caption="Before, during and after the fault" rows={phases} columns={phaseColumns(phases)} />
      )}
      {seen.length > 0 && <Table caption="What changed while it lasted" rows={seen} columns={SEEN} />}
      {models.length + backends.length > 0 && (
        <Table
          caption="Blast radius: whose requests failed, or were slower than any before"
          rows={[
            ...models.map((each) => ({ kind: 'model', ...each })),
            ...backends.map((each) => ({ kind: 'backend', ...each })),
          ]}
          columns={SUFFERING}
        />
      )}
      <p class="note">Moments are right to two intervals of {(chaos.interval / 1000).toFixed(1)} s.</p>
    </>
  );
}

const afterText = (ms: number): string => `after ${secondsText(ms)}`;

/** When what happened, and what it cost. */
function Moments({ chaos, phases }: { chaos: Chaos; phases: readonly Phase[] }) {
  const { injectedAt, restoredAt, detection, recovery } = chaos;
  const begun = phases[0]?.step.window.from ?? injectedAt ?? 0;
  const during = phases.find(({ name }) => name === 'during');
  const at = (moment: number | null) => (moment === null ? 'never' : elapsedText(moment - begun));
  const facts: [string, string][] = [
    ['injected at', at(injectedAt)],
    [detection ? `detected by ${SIGNS[detection.by]}` : 'detected', detection ? afterText(detection.after) : 'no'],
    ['restored at', at(restoredAt)],
    [recovery?.unaided ? 'recovered unaided' : 'recovered', recovery ? afterText(recovery.after) : 'no'],
    ['errors during', shareText(during?.step.errorRate)],
    ['throughput', timesText(chaos.throughput)],
    ['TTFT p99', timesText(chaos.ttft)],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface Phase {
  name: 'pre' | 'during' | 'post';
  step: StepResult;
  chaos: Chaos;
}

const phasesOf = (chaos: Chaos, steps: readonly StepResult[]): Phase[] =>
  (['pre', 'during', 'post'] as const).flatMap((name): Phase[] => {
    const step = steps.find((s) => s.name === chaos.steps[name]);
    return step ? [{ name, step, chaos }] : [];
  });

const TITLES = { pre: 'before', during: 'during', post: 'after' } as const;

function phaseColumns(phases: readonly Phase[]): Column<Phase>[] {
  const known = (of: (phase: Phase) => unknown) => phases.some((phase) => of(phase) != null);
  const latency = (metric: 'ttft' | 'itl', stat: 'p50' | 'p99'): Column<Phase> => ({
    group: `${metric.toUpperCase()}, ms`,
    head: stat,
    cell: ({ step }) => msText(step.metrics[metric]?.[stat]),
  });
  return [
    { head: 'phase', left: true, cell: ({ name }) => TITLES[name] },
    { head: 'requests', cell: ({ step }) => countText(step.requests) },
    { head: 'errors', cell: ({ step }) => shareText(step.errorRate) },
    ...(['ttft', 'itl'] as const)
      .filter((metric) => known(({ step }) => step.metrics[metric]))
      .flatMap((metric) => [latency(metric, 'p50'), latency(metric, 'p99')]),
    ...(known(({ step }) => step.throughput)
      ? [{ head: 'tok/s', cell: ({ step }: Phase) => rateText(step.throughput) }]
      : []),
    ...(known(({ step }) => step.goodput)
      ? [{ head: 'in SLO, req/s', cell: ({ step }: Phase) => rateText(step.goodput) }]
      : []),
    ...(known(({ name, chaos }) => chaos.attempts[name])
      ? [{ head: 'attempts a request', cell: ({ name, chaos }: Phase) => chaos.attempts[name]?.toFixed(2) ?? '–' }]
      : []),
    ...(known(({ name, chaos }) => chaos.slo[name])
      ? [{ head: 'SLO', left: true, cell: ({ name, chaos }: Phase) => <SloBadge verdict={chaos.slo[name]} /> }]
      : []),
    { head: 'what failed', left: true, cell: ({ step }) => <span class="long">{outcomes(step)}</span> },
  ];
}

const SloBadge = ({ verdict }: { verdict: Chaos['slo']['pre'] }) => (verdict ? <Badge verdict={verdict} /> : <>–</>);

/** `connection 12, timeout first 3` */
const outcomes = ({ outcomes: counts, dropped }: StepResult): string =>
  Object.entries({ ...counts, 'never sent': dropped })
    .flatMap(([name, count]) => (name !== 'ok' && count ? [`${name.replaceAll('_', ' ')} ${countText(count)}`] : []))
    .join(', ') || 'nothing';

function signText(sign: Seen['sign'], value: number): string {
  if (sign === 'ttft' || sign === 'itl') return `${msText(value)} ms`;
  return sign === 'load' ? `${rateText(value)} req/s` : shareText(value);
}

const SEEN: Column<Seen>[] = [
  { head: 'sign', left: true, cell: ({ sign }) => SIGNS[sign] },
  { head: 'before', cell: ({ sign, before }) => signText(sign, before) },
  { head: 'during', cell: ({ sign, during }) => signText(sign, during) },
  { head: 'shown', left: true, cell: ({ shown }) => (shown ? <strong>yes</strong> : 'no') },
  { head: 'in words', left: true, cell: ({ text }) => <span class="long">{text}</span> },
];

const SUFFERING: Column<Suffering & { kind: string }>[] = [
  { head: 'blast radius', left: true, cell: ({ name, kind }) => `${kind} ${name}` },
  { head: 'requests', cell: ({ requests }) => countText(requests) },
  { group: 'failed, or slower than any before', head: 'before', cell: ({ before }) => shareText(before) },
  { group: 'failed, or slower than any before', head: 'during', cell: ({ during }) => shareText(during) },
  { head: 'suffers', left: true, cell: ({ suffers }) => (suffers ? <strong>yes</strong> : 'no') },
];
