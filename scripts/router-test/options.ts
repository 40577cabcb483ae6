import { existsSync, readFileSync } from 'node:fs';
import { durationMs } from '../../lib/settings/parse.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { type Flags, given } from './flags.ts';
import { namesOf, placeholdersOf } from './template.ts';

export interface BackendOptions {
  /** What each of them serves. */
  models: readonly (readonly string[])[];
  /** One for each backend, or none. */
  weights: readonly number[];
  /** Of the first; undefined: any free ones. */
  port: number | undefined;
}

export interface RouterOptions {
  /** Undefined: our own router. */
  command: string | undefined;
  template: { file: string; text: string } | undefined;
  env: readonly [name: string, value: string][];
  workers: number;
  maxConcurrency: number | undefined;
  port: number | undefined;
}

export interface Options {
  serveOnly: boolean;
  /** Absent where they run already. */
  backends?: BackendOptions;
  /** Absent where it runs already, or none is wanted. */
  router?: RouterOptions;
  /** ms */
  startTimeout: number;
  keepConfig: boolean;
}

const bad = (what: string, wrong: string, allowed: string): CommandError =>
  new CommandError(`${what}: ${wrong}; allowed: ${allowed}`, EXIT.badSetting);

/**
 * What the flags ask for, checked before anything starts.
 * @param url of a running router
 * @throws CommandError 107
 */
export function optionsOf(flags: Flags, url: string | undefined): Options {
  const { serveMock, mockBackend } = flags;
  if (serveMock && url) throw bad('--serve-mock', 'only serves backends', 'no --url beside it');
  const [routers] = given(flags, 'router').filter((word) => !['--start-timeout', flags.startTimeout].includes(word));
  if (routers && (url || serveMock))
    throw bad(routers, `no router is started with ${url ? '--url' : '--serve-mock'}`, 'only without it');
  const [mocks] = given(flags, 'backends');
  if (mocks && url && !mockBackend)
    throw bad(mocks, 'no backends are served with --url alone', '--mock-backend beside it');
  const startTimeout = durationMs(flags.startTimeout);
  if (!startTimeout) throw bad(`--start-timeout ${flags.startTimeout}`, 'not a duration', 'as in 30s, 2m');
  return {
    serveOnly: serveMock === true,
    ...((!url || mockBackend) && { backends: backendOptions(flags) }),
    ...(!url && !serveMock && { router: routerOptions(flags) }),
    startTimeout,
    keepConfig: flags.keepConfig === true,
  };
}

function whole(flag: string, text: string | undefined, usual: number, most: number): number {
  if (text === undefined) return usual;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < 1 || number > most)
    throw bad(`${flag} ${text}`, 'not a whole number in range', `1 to ${most}`);
  return number;
}

const portOf = (flag: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : whole(flag, text, 0, 65_535);

const optional = (flag: string, text: string | undefined): number | undefined =>
  text === undefined ? undefined : whole(flag, text, 0, 1_000_000);

function backendOptions(flags: Flags): BackendOptions {
  const { mockModels = 'small,large', mockWeights, mockEngine } = flags;
  const groups = mockModels.split(';').map((names) => names.split(',').map((name) => name.trim()));
  if (groups.some((names) => names.some((name) => !/^[^\s,>*]+$/.test(name)) || new Set(names).size < names.length))
    throw bad(
      `--mock-models ${mockModels}`,
      'not a list of names',
      'as in small,large: no spaces, no > and no *, none twice; a list for each backend with ; between them',
    );
  const count = whole('--mock-backends', flags.mockBackends, groups.length > 1 ? groups.length : 2, 64);
  if (groups.length > 1 && groups.length !== count)
    throw bad(`--mock-models ${mockModels}`, `not ${count} lists`, `one for all, or one for each of ${count} backends`);
  const models = Array.from({ length: count }, (_, k) => groups[k] ?? (groups[0] as string[]));
  const weights = mockWeights === undefined ? [] : mockWeights.split(',').map(Number);
  if (mockWeights !== undefined && (weights.length !== count || weights.some((w) => !(w > 0 && w <= 1e6))))
    throw bad(`--mock-weights ${mockWeights}`, `not ${count} weights`, 'one above 0 for each backend, as in 3,1');
  const paced = (['mockTtftMs', 'mockTokens', 'mockTokMs'] as const).find((name) => flags[name] !== undefined);
  if (mockEngine !== undefined && paced)
    throw bad(
      `--mock-engine ${mockEngine}`,
      'an engine has a pace of its own',
      'none of --mock-ttft-ms, --mock-tokens, --mock-tok-ms',
    );
  return { models, weights, port: portOf('--backend-port', flags.backendPort) };
}

function routerOptions(flags: Flags): RouterOptions {
  const { routerCmd: command, routerConfig: file } = flags;
  const options: RouterOptions = {
    command,
    template: file === undefined ? undefined : readTemplate(file),
    env: (flags.routerEnv ?? []).map(variable),
    workers: whole('--router-workers', flags.routerWorkers, 1, 1024),
    maxConcurrency: optional('--router-max-conc', flags.routerMaxConc),
    port: portOf('--router-port', flags.routerPort),
  };
  if (command === undefined) checkOurs(flags);
  else checkTheirs(flags, command, options);
  return options;
}

function readTemplate(file: string): { file: string; text: string } {
  if (!existsSync(file)) throw bad(`--router-config ${file}`, 'there is no such file', 'a template');
  try {
    return { file, text: readFileSync(file, 'utf8') };
  } catch (e) {
    throw bad(`--router-config ${file}`, (e as Error).message, 'a template');
  }
}

function variable(text: string): [string, string] {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw bad(`--router-env ${text.split('=', 1)[0]}`, 'no variable', 'KEY=value');
  return [name, value ?? ''];
}

function checkOurs({ routerConfig, routerEnv, routerWorkers }: Flags): void {
  if (routerConfig) throw bad('--router-config', 'our own router has a config of its own', 'with --router-cmd');
  if (routerEnv) throw bad('--router-env', 'our own router reads none', 'with --router-cmd');
  if (routerWorkers !== undefined && routerWorkers !== '1')
    throw bad(
      `--router-workers ${routerWorkers}`,
      'our own router is one process',
      '1, or another router with --router-cmd',
    );
}

/** What was given must have a place where it goes, and what is asked for must have been given. */
function checkTheirs({ policy, broken, routerWorkers }: Flags, command: string, options: RouterOptions): void {
  const { template, env, maxConcurrency, port } = options;
  if (policy !== undefined || broken !== undefined)
    throw bad(policy !== undefined ? '--policy' : '--broken', 'is for our own router', 'without --router-cmd');
  const inCommand = [
    ...placeholdersOf('--router-cmd', command),
    ...env.flatMap(([name, value]) => placeholdersOf(`--router-env ${name}`, value)),
  ];
  const used = [...inCommand, ...(template ? namesOf(template.file, template.text) : [])];
  if (port === undefined && !used.includes('port'))
    throw bad('--router-cmd', 'nothing tells it its port', '{port} in it, or --router-port');
  if (template && !inCommand.includes('config'))
    throw bad('--router-config', 'nothing tells the router of it', '{config} in --router-cmd');
  if (routerWorkers !== undefined && !used.includes('workers'))
    throw bad(`--router-workers ${routerWorkers}`, 'nothing tells the router', '{workers} in --router-cmd');
  if (maxConcurrency !== undefined && !used.includes('max_conc'))
    throw bad(`--router-max-conc ${maxConcurrency}`, 'nothing tells the router', '{max_conc} in --router-cmd');
  if (maxConcurrency === undefined && used.includes('max_conc'))
    throw bad('{max_conc}', 'asked for, but not given', '--router-max-conc N');
}
