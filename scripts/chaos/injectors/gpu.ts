import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { quote } from '../../commands/repeat.ts';
import type { Effect, Injector } from '../injector.ts';
import { runLogged } from '../shell.ts';
import { shell } from './command.ts';

/** ssh never asks: there is nobody to answer. The host stands after --, so that it is never taken for an option. */
const SSH = ['ssh', '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', '--'];

/**
 * A GPU that refuses work: its compute mode becomes PROHIBITED, and the worker is started anew, since one that runs keeps its GPU.
 * @param restart command of a shell that starts the worker anew
 */
export function gpuInjector({ host, gpu }: { host: string; gpu: number }, restart: string): Injector {
  const smi = (...args: string[]) => [...SSH, host, 'nvidia-smi', '-i', String(gpu), ...args];
  const mode = async (name: string, log: string): Promise<Effect> => {
    await runLogged(smi('-c', name), log, `nvidia-smi at ${host}`);
    return shell(restart, log, '--restart-command');
  };
  return {
    name: `GPU ${gpu} of ${host} refuses work`,
    byHand: `${smi('-c', 'DEFAULT').map(quote).join(' ')}; ${restart}`,
    async check() {
      const [ssh = '', ...args] = smi('--query-gpu=compute_mode', '--format=csv,noheader');
      const { stdout } = await promisify(execFile)(ssh, args, { timeout: 30_000 }).catch(
        ({ code, stderr, message }: Error & { code?: unknown; stderr?: string }) => {
          const why = code === 'ENOENT' ? 'ssh is not installed' : (stderr?.trim() || message).split('\n').at(-1);
          throw new Error(`GPU ${gpu} of ${host} cannot be asked: ${why}`);
        },
      );
      const now = stdout.trim();
      if (now !== 'Default')
        throw new Error(`GPU ${gpu} of ${host} is in compute mode ${now}; it would be left in Default`);
    },
    inject: (log) => mode('PROHIBITED', log),
    restore: (log) => mode('DEFAULT', log),
  };
}
