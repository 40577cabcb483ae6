/** The phases of a bench, one after the other: warm-up, baseline and search, validation. */
import { limitFound } from '../../lib/analysis/limit/search-judge.ts';
import { planSearch } from '../../lib/analysis/limit/search-plan.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { BenchPhase } from '../../lib/results.ts';
import { type LineOf, type Run, runPart, takePart } from '../saturate/parts.ts';
import { loadText } from '../saturate/say.ts';
import { START } from '../saturate/search.ts';
import { type Ended, idle, searching } from '../saturate/searching.ts';
import { openLoad, type Session } from '../saturate/session.ts';
import type { Stop } from '../saturate/stop.ts';
import type { Phases } from './flags.ts';
import { type Service, validationText } from './plan.ts';
import { lineOf } from './progress.ts';

/** How a bench came to its end. */
export interface BenchEnded extends Ended {
  warmup?: BenchPhase;
  /** What judges the SLO. */
  validation?: Step;
}

/** What the validation's step is called. */
export const VALIDATION = 'validation';

/** @throws CommandError where the warm-up cannot be run */
export async function runPhases(session: Session, phases: Phases, service: Service, stop: Stop): Promise<BenchEnded> {
  const { search, tried, status } = session;
  const last = START + phases.validationSeconds;
  const after = (seconds: number) => Date.now() + 1000 * (seconds + last);
  const { rate, seconds } = phases.warmup;
  const line = lineOf('warm-up', `${rate} req/s`, after(seconds + START + planSearch(search, [], 0).seconds));
  const warmup = seconds > 0 ? await warmUp(session, phases, line) : undefined;
  const known = warmup && { warmup };
  if (stop.asked) return { ...known, doubts: [] };

  const begun = Date.now();
  const ended = await searching(session, begun, stop, ({ load }, plan) => {
    const phase = tried.length === 0 ? 'baseline' : 'search';
    return lineOf(phase, loadText(search, load), after(plan.seconds - (Date.now() - begun) / 1000));
  });
  const { doubts } = ended;
  const recommended = tried.length > 0 ? limitFound(search, tried).recommended : null;
  if (stop.asked || ended.failure || recommended === null) return { ...known, ...ended };
  const down = await idle(session, doubts, stop);
  if (down) return { ...known, failure: down, doubts: [...doubts, down] };
  if (stop.asked) return { ...known, doubts };
  status.say(validationText(service, recommended, phases.validationSeconds));
  const validation = await validate(session, recommended, phases, service, after(-START)).catch((e: Error) => e);
  if (validation instanceof Error) return { ...known, failure: validation.message, doubts };
  if (stop.asked) doubts.push('interrupted before the validation was over');
  return { ...known, ...(validation && { validation }), doubts };
}

/** A load that is not measured. */
async function warmUp(session: Session, { warmup }: Phases, line: LineOf): Promise<BenchPhase | undefined> {
  const settings = { ...openLoad(session, warmup.rate, warmup.seconds), WARMUP: '0s' };
  const run: Run = { name: 'warmup', scenario: 'constant', settings, plan: [] };
  if (!(await runPart(session, run, line))) return undefined;
  const { columns, requests } = takePart(session, run, null);
  const t = columns.number('t');
  const end = columns.number('end');
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (let row = 0; row < columns.n; row++) {
    from = Math.min(from, t[row] as number);
    to = Math.max(to, (t[row] as number) + (end[row] || 0));
  }
  return columns.n > 0 ? { name: 'warmup', from, to, requests } : undefined;
}

/** The recommended load, judged by the SLO. @returns undefined where it was interrupted before anything was measured */
async function validate(
  session: Session,
  rate: number,
  { validationSeconds: seconds }: Phases,
  { name, confidence }: Service,
  endsAt: number,
): Promise<Step | undefined> {
  const run: Run = {
    name: VALIDATION,
    scenario: confidence === undefined ? 'constant' : 'sla',
    settings: {
      ...openLoad(session, rate, seconds),
      SLO: name,
      ...(confidence !== undefined && { CONFIDENCE: String(confidence) }),
    },
    plan: [],
  };
  if (await runPart(session, run, lineOf('validation', `${rate} req/s`, endsAt)))
    return takePart(session, run, VALIDATION).step;
  try {
    const { step, requests } = takePart(session, run, VALIDATION);
    return requests > 0 ? step : undefined;
  } catch {
    return undefined; // k6 had not begun
  }
}
