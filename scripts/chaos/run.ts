import { CommandError } from '../commands/exit.ts';
import { type Load, type Measured, measure } from '../commands/run.ts';
import { untilRecovered } from './early.ts';
import { type Hooks, serveHooks } from './hooks.ts';
import type { Injector } from './injector.ts';

/** One fault, made while load goes on. */
export interface FaultRun extends Omit<Load, 'enough' | 'onRecords'> {
  /** Absent: the load itself is the fault. */
  injector: Injector | undefined;
}

/**
 * Runs it, and leaves no fault behind, however it ends.
 * @throws CommandError where the fault could not be undone
 */
export async function runFault({ injector, inspected, ...given }: FaultRun): Promise<Measured> {
  const recovered = untilRecovered();
  // What makes the fault has time to spare: the load says when the run ends.
  const { fault, ...scenarios } = inspected.scenarios;
  const load: Load = { ...given, inspected: { ...inspected, scenarios } };
  if (!injector) return measure({ ...load, ...recovered });
  const hooks = await serveHooks(injector, load.env.FAULT || injector.name, load.folder);
  const env = { ...load.env, CHAOS_INJECT_URL: hooks.injectUrl, CHAOS_RESTORE_URL: hooks.restoreUrl };
  const measured = measure({ ...load, ...recovered, env });
  await measured.catch(() => {}); // told below, when the fault is undone
  load.status.show('undoing the fault');
  await undo(hooks, injector).finally(() => load.status.clear());
  return measured;
}

async function undo(hooks: Hooks, { byHand }: Injector): Promise<void> {
  try {
    await hooks.settle();
  } catch (e) {
    throw new CommandError(
      `THE FAULT IS STILL THERE, it could not be undone: ${(e as Error).message}; by hand: ${byHand}`,
    );
  }
}
