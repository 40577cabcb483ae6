import type { Limit, Rule, RuleResult } from '../../results.ts';
import type { Evidence } from './evidence.ts';
import { judgeRules, LINES, type Lines, RULES } from './rules.ts';

/** What became of one load. */
export interface Judged {
  step: string;
  /** req/s, or requests in flight. */
  load: number;
  /** unclear: beyond a line, but it may be chance. */
  verdict: 'held' | 'broken' | 'unclear';
  /** What it broke, the gravest first. */
  rules: (Rule | 'slo')[];
  /** The gravest in words. */
  why: string;
  /** Output tok/s. */
  throughput?: number | undefined;
  /** Why the client is to blame for it; see clientReason. */
  client?: string | undefined;
}

export const loadOf = ({ load }: Pick<Evidence, 'load'>): number =>
  load.kind === 'open' ? load.rate : load.concurrency;

const CONFIDENCE = 0.99;

/**
 * Judges steps in the order of their loads. A rule is broken where its interval clears the line at 99 % over all steps and
 * rules together (Bonferroni), or where it does so at 99 % alone and in the next one too, which asks for as much or more.
 * @param steps in rising order of load; the same load may come again, as a repeat
 * @param clients why the client is to blame, by step
 */
export function judgeSteps(
  steps: readonly Evidence[],
  baseline: Evidence | undefined,
  clients: readonly (string | undefined)[] = [],
  lines: Lines = LINES,
): { judged: Judged[]; checks: RuleResult[] } {
  const strict = 1 - (1 - CONFIDENCE) / (Math.max(1, steps.length) * RULES.length);
  const found = steps.map((e) => {
    const lower = steps.filter((s) => loadOf(s) < loadOf(e));
    const against = { baseline, before: lower.at(-1) ?? baseline, lower, lines };
    const order = gravestFirst(e);
    const plain = judgeRules(e, against, CONFIDENCE);
    plain.sort((a, b) => order.indexOf(a.rule as Rule) - order.indexOf(b.rule as Rule));
    return { plain, sure: judgeRules(e, against, strict) };
  });
  const isBroken = (list: RuleResult[] | undefined, rule: Rule): boolean =>
    list?.some((r) => r.rule === rule && r.verdict === 'broken') ?? false;

  const judged = steps.map((e, i): Judged => {
    const { plain, sure } = found[i] as (typeof found)[number];
    const rules = gravestFirst(e).filter(
      (rule) => isBroken(sure, rule) || (isBroken(plain, rule) && isBroken(found[i + 1]?.plain, rule)),
    );
    const open = plain.filter((r) => r.verdict === 'broken' || r.verdict === 'unclear');
    const said = plain.find((r) => r.rule === rules[0]) ?? open[0];
    return {
      step: e.step,
      load: loadOf(e),
      verdict: rules.length > 0 ? 'broken' : open.length > 0 ? 'unclear' : 'held',
      rules,
      why: said?.why ?? '',
      throughput: e.throughput,
      client: clients[i] ?? clientReason(e, baseline),
    };
  });
  return { judged, checks: found.flatMap((f) => f.plain) };
}

/** Where no request failed, and some were never sent, it is because they piled up until no VU was free. */
const gravestFirst = ({ failed, dropped }: Evidence): readonly Rule[] =>
  dropped > 0 && failed === dropped ? [...RULES.filter((rule) => rule !== 'errors'), 'errors'] : RULES;

/** How much longer than at the baseline an answer may take before the server counts as slower. */
const AS_QUICK = 1.5;

/** Starts that found no VU free, while the server was as quick as ever: there were too few VUs. */
function clientReason(e: Evidence, baseline: Evidence | undefined): string | undefined {
  if (e.dropped === 0 || e.failed - e.dropped > e.dropped || !baseline) return undefined;
  if (!(e.heldP50 <= AS_QUICK * baseline.heldP50)) return undefined;
  return `${e.dropped} requests were never sent although answers took no longer than at the baseline: more VUS`;
}

/** The range, the rule and the sentence. `judged` in rising order of load. */
export function limitOf(judged: readonly Judged[], by: Limit['by'], floor?: number): Omit<Limit, 'checks'> {
  const unit = by === 'rate' ? 'req/s' : 'in flight';
  const firstBroken = judged.find((j) => j.verdict === 'broken');
  const below = firstBroken ? judged.filter((j) => j.load < firstBroken.load) : judged;
  const held = below.filter((j) => j.verdict === 'held').at(-1)?.load ?? floor ?? null;
  const most = best(judged);
  const client = firstBroken?.client;
  const broken = client === undefined ? (firstBroken?.load ?? null) : null;
  const recommended =
    client !== undefined || held === null ? held : broken === null ? held : Math.min(rounded(0.7 * broken), held);
  const rules = client === undefined ? (firstBroken?.rules ?? []) : [];
  return {
    by,
    range: [held, broken],
    rule: rules[0] ?? null,
    rules,
    recommended,
    throughput: most ? { tokensPerSecond: most.throughput as number, load: most.load } : null,
    ...(client !== undefined && { client }),
    sentence: [verdictText(held, firstBroken, unit, judged), advice(recommended, held, broken, unit)]
      .filter(Boolean)
      .join('; '),
  };
}

const rounded = (load: number): number => Number(load.toPrecision(3));

/** The lowest load that gives nearly the highest throughput: beyond it tok/s only wobbles. */
function best(judged: readonly Judged[]): Judged | undefined {
  const most = Math.max(...judged.map((j) => j.throughput ?? 0));
  return most > 0 ? judged.find((j) => (j.throughput ?? 0) >= 0.99 * most) : undefined;
}

function verdictText(held: number | null, first: Judged | undefined, unit: string, judged: readonly Judged[]): string {
  const holds = held === null ? 'no load was shown to hold' : `holds ${held} ${unit}`;
  if (first?.client !== undefined)
    return `${holds}; at ${first.load} ${unit} the client gave out, not the server: ${first.client}. The limit is not known`;
  if (first) return `${holds}, breaks at ${first.load} ${unit}: ${first.why}`;
  const last = judged.at(-1);
  if (!last) return 'nothing was measured';
  return last.verdict === 'held'
    ? `${holds} and broke nowhere: the limit lies above`
    : `${holds}; ${last.load} ${unit} is unclear: ${last.why}`;
}

function advice(recommended: number | null, held: number | null, broken: number | null, unit: string): string {
  if (recommended === null || broken === null) return '';
  const why = recommended === held ? 'the highest that held' : '70 % of where it broke';
  return `recommended: up to ${recommended} ${unit} (${why})`;
}
