import { readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { ProbeResult } from '../../lib/probe-result.ts';
import { root } from '../build/root.mjs';
import { CommandError, EXIT } from '../commands/exit.ts';
import { askProbe } from '../commands/probe.ts';
import { type Backend, configOf } from './backends.ts';
import { type Flags, given } from './flags.ts';
import { type Guarded, startGuarded, waitFor } from './guarded.ts';
import type { RouterOptions } from './options.ts';
import { HOST, portFor } from './ports.ts';
import { fill, render, type Values } from './template.ts';

const LLMLOAD = [process.execPath, join(root, 'scripts/llmload.mjs')];
const BACKENDS_START = 30_000;

/** The backends, in one process that serves them all. */
export async function startBackends(
  folder: string,
  flags: Flags,
  interrupted: AbortSignal,
  hold: (child: Guarded) => void,
): Promise<Backend[]> {
  const log = join(folder, 'backends.log');
  const command = [...LLMLOAD, 'router-test', '--serve-mock', ...given(flags, 'backends')];
  const child = startGuarded('backends', command, log, { BASE_URL: '' });
  hold(child);
  const config = () => /^{"backends":.*}$/m.exec(read(log))?.[0];
  const until = Date.now() + BACKENDS_START;
  const text = await waitFor(child, config, { until, interrupted, waiting: () => 'did not start within 30 s' });
  return (JSON.parse(text) as { backends: Backend[] }).backends;
}

/** The log of a child that has not begun to write. */
const read = (log: string): string => {
  try {
    return readFileSync(log, 'utf8');
  } catch {
    return '';
  }
};

export interface Router {
  child: Guarded;
  url: string;
  /** What it was told of the backends. */
  config: string;
}

/** Starts the router under test; it may take a while until it answers. */
export async function startRouter(
  folder: string,
  { command, template, env, workers, maxConcurrency, port: wanted }: RouterOptions,
  backends: readonly Backend[],
  flags: Flags,
  sessionHeader: string | undefined,
): Promise<Router> {
  const port = await portFor('--router-port', wanted);
  const config = join(folder, `router-config${template ? extname(template.file.replace(/\.mustache$/, '')) : '.json'}`);
  const values: Values = { port, host: HOST, workers, max_conc: maxConcurrency, config, backends };
  writeFileSync(config, template ? render(template.text, values) : configOf(backends));
  const log = join(folder, 'router.log');
  const own = Object.fromEntries(env.map(([name, value]) => [name, fill(value, values)]));
  const words =
    command === undefined
      ? ours(config, port, { ...flags, maxConcurrency, sessionHeader })
      : shell(fill(command, values));
  return { child: startGuarded('router', words, log, own), url: `http://${HOST}:${port}`, config };
}

const shell = (command: string): string[] => ['/bin/sh', '-c', command];

interface Ours extends Pick<Flags, 'policy' | 'broken'> {
  maxConcurrency: number | undefined;
  sessionHeader: string | undefined;
}

function ours(config: string, port: number, { policy, broken, maxConcurrency, sessionHeader }: Ours): string[] {
  const more = { policy, broken, 'max-concurrency': maxConcurrency, 'session-header': sessionHeader };
  const flags = Object.entries(more).flatMap(([name, value]) => (value ? [`--${name}`, `${value}`] : []));
  return [...LLMLOAD, 'router', '--config', config, '--host', HOST, '--port', `${port}`, ...flags];
}

/** Until the server speaks HTTP and has answered a first request for each model. @throws CommandError */
export async function firstAnswers(
  { child, url }: Pick<Router, 'child' | 'url'>,
  ask: { k6: string; env: NodeJS.ProcessEnv; interrupted: AbortSignal; within: number; show: (text: string) => void },
): Promise<ProbeResult[]> {
  const until = Date.now() + ask.within;
  const seconds = ask.within / 1000;
  let last = 'does not answer';
  const bounds = { until, interrupted: ask.interrupted, waiting: () => `${last} after ${seconds} s (--start-timeout)` };
  ask.show(`waiting for ${child.name} at ${url}`);
  await waitFor(child, () => speaks(url), bounds);
  return waitFor(
    child,
    async () => {
      const results = await askProbe(ask.k6, ask.env, true);
      const wrong = results.find((r) => !r.ok);
      if (wrong?.setting) throw new CommandError(wrong.line, EXIT.badSetting);
      if (wrong) last = `still says: ${wrong.line}`;
      return wrong ? undefined : results;
    },
    bounds,
  );
}

async function speaks(url: string): Promise<true | undefined> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(2000) })).body?.cancel();
    return true;
  } catch {
    return undefined;
  }
}
