import { percent } from '../verdict.ts';
import type { Chaos, Sign } from './result.ts';

/** What a verdict takes beside what is told. */
export interface State {
  /** Requests before the fault. */
  before: number;
  /** Share of the requests while it lasted that failed. */
  failed: number;
  /** Signs of which the time before was not all alike. */
  unsteady: readonly Sign[];
  /** All looked well at the end, too briefly to be sure. */
  unsure: boolean;
  /** ms that the run went on after the restore. */
  watched: number;
  /** The SLO must hold while the fault lasts, too. */
  gatesDuring: boolean;
}

/** More failures than this share are no state to tell a fault from. */
const WELL = 0.2;

const NAMES: Record<Sign, string> = {
  errors: 'errors',
  no_answers: 'requests hang',
  ttft: 'TTFT',
  itl: 'ITL',
  load: 'the load',
  backend: 'a backend answers no more',
};

/** Whether the server withstood the fault, in one sentence. The first rule that holds decides. */
export function verdictOf(chaos: Omit<Chaos, 'verdict' | 'why'>, state: State): Pick<Chaos, 'verdict' | 'why'> {
  const { injectedAt, restoredAt, error, slo, seen, shown, detection, recovery } = chaos;
  const is = (verdict: Chaos['verdict'], why: string) => ({ verdict, why });
  if (injectedAt === null)
    return is(
      'NOT_MEASURED',
      error === undefined ? 'the fault was never made' : `the fault could not be made: ${error}`,
    );
  if (state.before === 0) return is('INCONCLUSIVE', 'nothing was measured before the fault');
  const errors = seen.find((s) => s.sign === 'errors');
  if (errors && errors.before > WELL)
    return is('INCONCLUSIVE', `not well before the fault: ${percent(errors.before)} failed already`);
  if (state.unsteady.length > 0)
    return is('INCONCLUSIVE', `not steady before the fault: ${state.unsteady.map((s) => NAMES[s]).join(', ')}`);
  if (!shown || !detection) return is('NOT_MEASURED', 'fault not shown: nothing changed while it lasted');
  const noticed = `seen after ${seconds(detection.after)} (${NAMES[detection.by]})`;
  if (!recovery) {
    if (restoredAt === null)
      return is(
        'INCONCLUSIVE',
        `${noticed}; ${error === undefined ? 'the run ended before it was undone' : `it could not be undone: ${error}`}`,
      );
    if (state.unsure)
      return is('INCONCLUSIVE', `${noticed}; too few requests after it was undone to tell that it is over`);
    return is('FAIL', `${noticed}; not recovered within ${seconds(state.watched)}`);
  }
  const suffered = seen.some((s) => s.shown && s.sign !== 'load' && s.sign !== 'backend');
  const over = !suffered
    ? 'nobody suffered'
    : recovery.unaided
      ? `recovered by itself ${seconds(recovery.after)} after it was made`
      : `recovered ${seconds(recovery.after)} after it was undone`;
  const course = `${noticed}, ${over}; ${percent(state.failed)} failed meanwhile`;
  const missed = (['pre', 'during', 'post'] as const).filter(
    (phase) => slo[phase] === 'FAIL' && (phase !== 'during' || state.gatesDuring),
  );
  if (missed.length > 0)
    return is('FAIL', `${course}; the SLO fails ${missed.map((phase) => PHASES[phase]).join(' and ')}`);
  return is('PASS', `withstood: ${course}`);
}

const PHASES = { pre: 'before the fault', during: 'while it lasts', post: 'after it was undone' };

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
