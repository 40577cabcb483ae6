import { type Command, Option } from 'commander';
import { Bad } from '../../lib/settings/bad.ts';
import { parseUrl } from '../../lib/settings/url.ts';
import type { AdminFault } from '../../mock/admin/protocol.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { flag } from '../cost/flags.ts';
import type { Injector } from './injector.ts';
import { adminInjector } from './injectors/admin.ts';
import { commandInjector } from './injectors/command.ts';
import { gpuInjector } from './injectors/gpu.ts';
import { hookInjector } from './injectors/hook.ts';
import { parseToxic, toxiproxyInjector } from './injectors/toxiproxy.ts';

/** What makes the fault, as a person gave it. */
export interface FaultFlags {
  admin?: string;
  break?: string;
  toxiproxy?: string;
  toxic?: string;
  injectCommand?: string;
  restoreCommand?: string;
  gpu?: string;
  restartCommand?: string;
  suite?: true;
  only?: string;
  serve?: true;
  remoteWrite?: string;
}

/** The settings that make a fault, too. */
export interface FaultSettings {
  CHAOS_INJECT_URL?: string | undefined;
  CHAOS_RESTORE_URL?: string | undefined;
  SPIKE?: string | undefined;
}

export const ROWS: readonly [flags: string, help: string][] = [
  ['--admin <urls>', 'admin API of our mock, or of several that share the fault (`llmload mock --admin-port`)'],
  ['--break <kind>', 'what --admin does: dead, partition, slow=3 (the GPU), nvlink=3 (each step of generating)'],
  ['--toxiproxy <url>', 'HTTP API of a toxiproxy that stands before the server'],
  ['--toxic <toxic>', 'what it adds: PROXY:TYPE[,key=value…], as in vllm:latency,latency=300 or vllm:reset_peer'],
  ['--inject-command <shell>', 'any command that makes a fault, as `kubectl delete pod vllm-0`'],
  ['--restore-command <shell>', 'undoes it; without one it has to heal by itself'],
  ['--gpu <host:n>', 'a GPU that refuses work, by ssh and nvidia-smi (compute mode PROHIBITED, then DEFAULT)'],
  ['--restart-command <shell>', 'of --gpu: starts its worker anew, after either; a worker that runs keeps its GPU'],
  ['--suite', 'six faults, one after the other, against mocks and a router of our own'],
  ['--only <names>', 'of the suite, by name, as in one-dead,spike'],
];

export function addFaults(command: Command): Command {
  for (const [flags, help] of ROWS) command.addOption(new Option(flags, help).helpGroup('Fault, one of:'));
  // What --suite starts.
  return command.addOption(new Option('--serve').hideHelp());
}

const refused = (text: string): CommandError => new CommandError(text, EXIT.badSetting);

/** What makes the fault; undefined: the load itself. @throws CommandError 107, SettingsError */
export function injectorOf(flags: FaultFlags, set: FaultSettings): Injector | undefined {
  const { gpu, injectCommand, restoreCommand, restartCommand } = flags;
  const ways = {
    '--admin': flags.admin,
    '--toxiproxy': flags.toxiproxy,
    '--inject-command': injectCommand,
    '--gpu': gpu,
    CHAOS_INJECT_URL: set.CHAOS_INJECT_URL,
    SPIKE: set.SPIKE,
  };
  const given = (Object.keys(ways) as (keyof typeof ways)[]).filter((way) => ways[way]);
  if (given.length > 1) throw refused(`${given.join(' and ')}: one fault a run`);
  if (given.length === 0) throw refused(`there is no fault to make; allowed: ${Object.keys(ways).join(', ')}, --suite`);
  const [way] = given;
  belongs('--break', flags.break, '--admin', way);
  belongs('--toxic', flags.toxic, '--toxiproxy', way);
  belongs('CHAOS_RESTORE_URL', set.CHAOS_RESTORE_URL, 'CHAOS_INJECT_URL', way);
  belongs('--restore-command', restoreCommand, '--inject-command', way);
  belongs('--restart-command', restartCommand, '--gpu', way);
  switch (way) {
    case '--admin':
      return adminInjector(addresses(flags.admin), flag('break', need('--admin', '--break', flags.break), parseFault));
    case '--toxiproxy':
      return toxiproxyInjector(
        flag('toxiproxy', flags.toxiproxy ?? '', parseUrl),
        flag('toxic', need('--toxiproxy', '--toxic', flags.toxic), parseToxic),
      );
    case '--inject-command':
      return commandInjector(injectCommand ?? '', restoreCommand);
    case '--gpu':
      return gpuInjector(flag('gpu', gpu ?? '', parseGpu), need('--gpu', '--restart-command', restartCommand));
    case 'CHAOS_INJECT_URL':
      for (const name of ['CHAOS_INJECT_URL', 'CHAOS_RESTORE_URL'] as const)
        if (set[name] && !isHttp(set[name]))
          throw refused(`${name}: not an address; allowed: http(s)://host[:port]/path`);
      return hookInjector(set.CHAOS_INJECT_URL ?? '', set.CHAOS_RESTORE_URL || undefined);
    default:
      return undefined;
  }
}

function belongs(name: string, value: string | undefined, to: string, way: string | undefined): void {
  if (value && way !== to) throw refused(`${name} is about ${to}, and there is none`);
}

function need(way: string, name: string, value: string | undefined): string {
  if (value) return value;
  throw refused(`${way} needs ${name}`);
}

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const addresses = (text = ''): string[] => text.split(',').map((one) => flag('admin', one, parseUrl));

/** `dead`, `slow=3`. @throws Bad */
export function parseFault(text: string): AdminFault {
  const [, fault = '', factor] = /^([a-z]+)(?:=(.*))?$/.exec(text) ?? [];
  if ((fault === 'dead' || fault === 'partition') && factor === undefined) return { fault };
  if (fault !== 'slow' && fault !== 'nvlink') throw new Bad('no such fault', 'dead, partition, slow=3, nvlink=3');
  const value = factor === undefined ? 3 : /^\d+(\.\d+)?$/.test(factor) ? Number(factor) : Number.NaN;
  if (value > 1 && value <= 1000) return { fault, value };
  throw new Bad(`"${factor}" is no factor`, 'a number above 1, as in slow=3');
}

/** `HOST:N`; the host as ssh knows it. @throws Bad */
export function parseGpu(text: string): { host: string; gpu: number } {
  const [, host, gpu] = /^([\w@][\w@.:%-]*):(\d{1,3})$/.exec(text) ?? [];
  if (host === undefined) throw new Bad('no host and GPU', 'HOST:N, as in gpu1:0 or root@gpu1:0');
  return { host, gpu: Number(gpu) };
}
