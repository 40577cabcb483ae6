import { type Command, Option } from 'commander';
import type { SettingName } from '../../lib/settings/table.ts';
import { addSettings } from '../commands/settings.ts';

/** Settings that mean something here. */
const SETTINGS: readonly SettingName[] = [
  'BASE_URL',
  'API',
  'PATH_CHAT',
  'MODEL',
  'API_KEY',
  'HEADERS',
  'STREAM',
  'PROMPT_TEXT',
  'OUTPUT_TOKENS',
  'TIMEOUT',
  'DURATION',
  'WARMUP',
  'CONCURRENCY',
  'TOTAL_REQUESTS',
  'LEVELS',
  'MIX',
  'SESSION_HEADER',
  'ECHO',
  'BACKEND_HEADER',
  'ROUTES',
  'AFFINITY',
  'SLO',
  'SEED',
  'RECORDS',
  'SUMMARY_JSON',
];

/** Flags that no setting is behind, as a person gave them. */
export interface Flags {
  serveMock?: true;
  mockBackend?: true;
  mockBackends?: string;
  mockModels?: string;
  mockWeights?: string;
  mockTtftMs?: string;
  mockTokens?: string;
  mockTokMs?: string;
  mockEngine?: string;
  backendPort?: string;
  routerCmd?: string;
  routerConfig?: string;
  routerEnv?: string[];
  routerWorkers?: string;
  routerMaxConc?: string;
  routerPort?: string;
  policy?: string;
  broken?: string;
  startTimeout: string;
  keepConfig?: true;
  prompt?: string;
}

type Row = [flags: string, help: string];

const MODES: readonly Row[] = [
  ['--mock-backend', 'serve backends of our own: as without --url; beside it, for a running router that knows them'],
  ['--serve-mock', 'serve the backends and nothing else, until Ctrl-C; prints their URLs and a config'],
];
const BACKENDS: readonly Row[] = [
  ['--mock-backends <n>', 'how many (2)'],
  ['--mock-models <names>', 'models that each serves (small,large), or what each one does: `small,large;large`'],
  ['--mock-weights <list>', 'a weight for each backend, as in 3,1: requests shall split so'],
  ['--mock-ttft-ms <ms>', 'time to first token (50)'],
  ['--mock-tokens <n>', 'length of an answer (32)'],
  ['--mock-tok-ms <ms>', 'time between tokens (5)'],
  ['--mock-engine <preset>', 'a simulated engine in place of these three, as in `llmload mock --engine`'],
  ['--backend-port <port>', 'of the first; the others follow (any free ones)'],
];
const ROUTER: readonly Row[] = [
  ['--router-cmd <command>', 'of a shell; filled in: {port} {host} {config} {backends} {workers} {max_conc}'],
  [
    '--router-config <template>',
    'config for {config}, with {{#backends}}{{name}} {{url}} {{model}}{{/backends}} filled in',
  ],
  ['--router-env <KEY=value>', 'for its environment, placeholders filled in; repeatable'],
  ['--router-workers <n>', '{workers} (1)'],
  ['--router-max-conc <n>', '{max_conc}; of our router its --max-concurrency'],
  ['--router-port <port>', '(any free one)'],
  ['--policy <name>', 'of our router'],
  ['--broken <mode>', 'of our router: what it does wrong, to see it caught'],
  ['--start-timeout <duration>', 'until the first answer of each model'],
  ['--keep-config', 'leave the rendered config in the folder of the run'],
];

export function addFlags(command: Command): Command {
  const repeatable = (text: string, before: string[] = []) => [...before, text];
  for (const [head, rows] of [
    ['Modes:', MODES],
    ['Backends:', BACKENDS],
    ['Router:', ROUTER],
  ] as const)
    for (const [flags, help] of rows) {
      const option = new Option(flags, help).helpGroup(head);
      if (flags.startsWith('--router-env')) option.argParser(repeatable);
      if (flags.startsWith('--start-timeout')) option.default('120s');
      command.addOption(option);
    }
  addSettings(command, SETTINGS);
  return command.addOption(new Option('--prompt <text>', 'the same as --prompt-text').helpGroup('Request:'));
}

/** Those of a list that were given, as words of a command line. */
export function given(flags: Flags, which: 'backends' | 'router' | 'all'): string[] {
  const rows = { backends: BACKENDS, router: ROUTER, all: [...MODES, ...BACKENDS, ...ROUTER] }[which];
  return rows.flatMap(([row]) => {
    const [flag = ''] = row.split(' ');
    const name = flag.slice(2).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()) as keyof Flags;
    const value = flags[name];
    if (value === undefined || (name === 'startTimeout' && value === '120s')) return [];
    if (value === true) return [flag];
    return [value].flat().flatMap((one) => [flag, one]);
  });
}
