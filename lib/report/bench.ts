/** What a bench came to, in one sentence. */
import { confidenceText } from '../analysis/verdict.ts';
import type { Limit, RuleResult, SloResult, StepResult } from '../results.ts';
import { overall } from './sla.ts';
import { timeText } from './table.ts';
import { valueText } from './text.ts';

/** What the sentence is made of. */
export interface BenchTold {
  limit: Limit;
  /** Of the step that judged the SLO. */
  slo: readonly SloResult[];
  /** Absent: it came to no validation. */
  validation?: StepResult | undefined;
  /** The SLO as it was asked for: `chat`. */
  service: string;
  /** Most requests that waited for a first token at the lowest load that broke. */
  waiting?: number | undefined;
  /** What the server's own metrics show at that load: says more than how many waited. */
  evidence?: string | undefined;
  interrupted: boolean;
  /** Why it could not go on. */
  failure?: string | undefined;
}

/** `28 req/s holds chat at 99 % confidence; it breaks between 39 and 43 req/s: TTFT p99, 37 requests waiting` */
export function benchSentence(told: BenchTold): string {
  const parts = told.validation ? [verdictText(told, told.validation), beyond(told)] : unjudged(told);
  const text = parts.filter(Boolean).join('; ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function verdictText({ slo, service, interrupted }: BenchTold, step: StepResult): string {
  const rate = rateOf(step);
  const time = timeText((step.window.to - step.window.from) / 1000);
  const at = slo.find((v) => v.kind === 'certified')?.confidence;
  const cut = interrupted ? `, stopped after ${time}` : '';
  const seen = `for ${time}${interrupted ? ', when it was stopped' : ''}, observed`;
  switch (overall(slo)) {
    case 'PASS':
      if (at === undefined) return `${rate} held ${service} ${seen}`;
      return `${rate} holds ${service} at ${confidenceText(at)} confidence${cut}`;
    case 'FAIL': {
      const why = slo.filter((v) => v.verdict === 'FAIL').map((v) => `${v.term} is ${valueText(v.term, v.measured)}`);
      const says = at === undefined ? `did not hold ${service} ${seen}` : `does not hold ${service}${cut}`;
      return `${rate} ${says}: ${why.join(', ')}`;
    }
    case 'INCONCLUSIVE': {
      const { term, why } = slo.find((v) => v.verdict === 'INCONCLUSIVE') as SloResult;
      return `whether ${rate} holds ${service} is not certain at ${confidenceText(at ?? Number.NaN)}${cut}: ${term} ${why}`;
    }
    case 'NOT_MEASURED': {
      const { term, why } = slo.find((v) => v.verdict === 'NOT_MEASURED') as SloResult;
      return `${rate} could not be judged by ${service}${cut}: ${term}: ${why}`;
    }
  }
}

const rateOf = ({ load }: StepResult): string =>
  load.kind === 'open' ? `${load.rate} req/s` : `${load.concurrency} in flight`;

const UNJUDGED = 'was not judged';

function unjudged(told: BenchTold): string[] {
  const { limit, service, interrupted, failure } = told;
  const [held, broken] = limit.range;
  if (failure)
    return [failure, `${service} ${UNJUDGED}`, ...(held === null ? [] : [`${held} req/s held`, beyond(told)])];
  if (interrupted)
    return [`stopped before ${service} was judged`, ...(held === null ? [] : [`${held} req/s held`, beyond(told)])];
  if (held !== null) return [`${held} req/s held`, beyond(told), `${service} ${UNJUDGED}`];
  const nothing = broken === null ? limit.sentence : `even ${broken} req/s breaks it: ${reason(told)}`;
  return [nothing, `there is no load to judge ${service} at`];
}

/** Where it breaks. */
function beyond(told: BenchTold): string {
  const { range, client } = told.limit;
  const [held, broken] = range;
  if (client !== undefined) return `above ${held} req/s the client gave out, not the server`;
  if (broken === null) return `nothing broke it up to ${held} req/s`;
  const where = held === null || held === broken ? `at ${broken}` : `between ${held} and ${broken}`;
  return `it breaks ${where} req/s: ${reason(told)}`;
}

const REASONS: Record<RuleResult['rule'], string> = {
  errors: 'errors',
  backlog: 'requests pile up',
  ttft_p99: 'TTFT p99',
  throughput_gain: 'no more tok/s',
  slo: 'the SLO',
};

function reason({ limit: { rule }, waiting, evidence }: BenchTold): string {
  const queue = waiting === undefined ? '' : `${waiting} request${waiting === 1 ? '' : 's'} waiting`;
  return [rule ? REASONS[rule] : '', evidence ?? queue].filter(Boolean).join(', ');
}
