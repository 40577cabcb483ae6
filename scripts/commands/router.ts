import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { durationMs } from '../../lib/settings/parse.ts';
import {
  BROKEN,
  ConfigError,
  POLICIES,
  ROUTER_DEFAULTS,
  type RouterOptions,
  readBackends,
  readBroken,
  readConfig,
  startRouter,
} from '../../mock/router/index.ts';
import { CommandError, EXIT } from './exit.ts';

interface Flags extends Pick<RouterOptions, 'port' | 'host' | 'policy' | 'maxConcurrency' | 'sessionHeader' | 'seed'> {
  config?: string;
  backends?: string;
  healthInterval: number;
  broken?: string;
}

export function addRouter(program: Command): void {
  const { port, host, policy, sessionHeader, healthIntervalMs, seed } = ROUTER_DEFAULTS;
  const config = new Option('--config <file>', 'the backends, as JSON').conflicts('backends');
  program
    .command('router')
    .summary('serve a reference router')
    .description('Sends each request to one of the backends that serve its model; figures at /metrics.')
    .addOption(config)
    .option('--backends <urls>', 'the backends, separated by commas; each is asked for its models')
    .option('--port <port>', 'port to listen on; 0 = any free one', count(0, 65_535), port)
    .option('--host <address>', 'address to listen on', host)
    .addOption(new Option('--policy <policy>', 'how a backend is chosen').choices(POLICIES).default(policy))
    .option('--max-concurrency <n>', 'requests at a time, the rest wait in order', count(1, 1_000_000))
    .addOption(
      new Option('--health-interval <duration>', 'time between checks of a backend')
        .argParser(duration)
        .default(healthIntervalMs, `${healthIntervalMs / 1000}s`),
    )
    .option('--session-header <name>', 'request header that --policy session goes by', sessionHeader)
    .option('--broken <mode[@share]>', `be wrong on purpose: ${BROKEN.join(', ')}`)
    .option('--seed <n>', 'seed of the requests that --broken strikes', count(0, 2 ** 31 - 1), seed)
    .addHelpText(
      'after',
      `
A configuration; name and weight, and models where /v1/models lists them, may be left out:
  {"backends":[{"name":"a","url":"http://127.0.0.1:9001","models":["small"],"weight":3}]}`,
    )
    .action(router);
}

async function router(flags: Flags): Promise<void> {
  const running = await startRouter(optionsFrom(flags)).catch((e: Error) => {
    throw new CommandError(e.message, e instanceof ConfigError ? EXIT.badSetting : EXIT.failed);
  });
  const models = new Set(running.backends.flatMap((each) => each.models));
  console.log(`router at ${running.url}, models ${[...models].join(', ')}, figures at ${running.url}/metrics`);
  for (const { name, url, models, weight } of running.backends)
    console.log(`  ${name} at ${url.origin}: ${models.join(', ')}, weight ${weight}`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await running.close();
}

function optionsFrom({ config, backends, broken, healthInterval, ...flags }: Flags): Parameters<typeof startRouter>[0] {
  try {
    const rest = { ...flags, healthIntervalMs: healthInterval, ...(broken && { broken: readBroken(broken) }) };
    if (config !== undefined) return { ...rest, backends: readConfig(read(config), config) };
    if (backends !== undefined) return { ...rest, backends: readBackends(backends) };
  } catch (e) {
    throw new CommandError((e as Error).message, EXIT.badSetting);
  }
  throw new CommandError('router: want --config FILE or --backends URL,URL', EXIT.badSetting);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (e) {
    throw new Error(`${file}: cannot be read (${(e as NodeJS.ErrnoException).code})`);
  }
}

const count =
  (min: number, max: number) =>
  (text: string): number => {
    const n = Number(text);
    if (text.trim() !== '' && Number.isInteger(n) && n >= min && n <= max) return n;
    throw new InvalidArgumentError(`Want an integer from ${min} to ${max}.`);
  };

function duration(text: string): number {
  const ms = durationMs(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('Want a duration as 2s or 500ms.');
}
