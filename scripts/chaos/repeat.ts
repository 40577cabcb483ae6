import { flagsOf, quote } from '../commands/repeat.ts';
import type { Given } from '../commands/settings.ts';
import type { FaultFlags } from './flags.ts';

/** The command that makes the same fault again. */
export function repeatLine(flags: FaultFlags, settings: Given, k6Flags: readonly string[]): string {
  const { admin, break: kind, toxiproxy, toxic, injectCommand, restoreCommand, gpu, restartCommand } = flags;
  const own = {
    admin,
    break: kind,
    toxiproxy,
    toxic,
    'inject-command': injectCommand,
    'restore-command': restoreCommand,
    gpu,
    'restart-command': restartCommand,
  };
  const { secrets, words } = flagsOf(settings);
  const fault = Object.entries(own).flatMap(([name, value]) => (value ? [`--${name} ${quote(value)}`] : []));
  const more = k6Flags.length > 0 ? ['--', ...k6Flags.map(quote)] : [];
  return [...secrets, 'llmload chaos', ...fault, ...words, ...more].join(' ');
}
