import type { Injector } from '../injector.ts';
import { runLogged } from '../shell.ts';

/** Commands of a shell, with the environment of llmload itself. @param restore absent: the fault heals by itself */
export function commandInjector(inject: string, restore: string | undefined): Injector {
  return {
    name: 'fault by command',
    byHand: restore ?? '',
    check: async () => {},
    inject: (log) => shell(inject, log, '--inject-command'),
    ...(restore !== undefined && { restore: (log: string) => shell(restore, log, '--restore-command') }),
  };
}

/** When it took effect is not known: some time before it ended. */
export const shell = (command: string, log: string, flag: string): Promise<object> =>
  runLogged(['/bin/sh', '-c', command], log, flag).then(() => ({}));
