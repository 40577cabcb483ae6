import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { ProbeResult } from '../../lib/probe-result.ts';
import { fold } from '../../lib/report/table.ts';
import type { Results } from '../../lib/results.ts';
import { root } from '../build/root.mjs';
import { CommandError } from '../commands/exit.ts';
import { inspectK6 } from '../commands/k6.ts';
import { typed } from '../commands/repeat.ts';
import { type Measured, measure, probeFirst } from '../commands/run.ts';
import type { Status } from '../live/status.ts';
import { configOf, routesOf } from './backends.ts';
import type { Flags } from './flags.ts';
import { type Guarded, logText } from './guarded.ts';
import type { Options } from './options.ts';
import { cpuFound } from './out-of-cpu.ts';
import { createSampler } from './sampler.ts';
import { firstAnswers, type Router, startBackends, startRouter } from './start.ts';

/** What a test is made of, while it runs. */
export interface Session {
  k6: string;
  /** Settings of the load, without what the backends add. */
  env: NodeJS.ProcessEnv;
  /** By --remote-write; of the load alone. */
  writing: NodeJS.ProcessEnv;
  options: Options;
  flags: Flags;
  /** Where everything is written. */
  folder: string;
  status: Status;
  interrupted: AbortSignal;
  jsonToStdout: boolean;
  /** To be stopped, whatever happens. */
  children: Guarded[];
}

/** What the load is sent to. */
export interface Raised {
  /** The session's, with the target and the routes. */
  env: NodeJS.ProcessEnv;
  /** A router that was started here. */
  router?: Router;
}

/** Starts what was asked for, and waits until a first request for each model was answered. @throws CommandError */
export async function raise(session: Session, url: string | undefined): Promise<Raised> {
  const { k6, env, options, flags, folder, status, interrupted, children } = session;
  const hold = (child: Guarded) => void children.push(child);
  const backends = options.backends && (await startBackends(folder, flags, interrupted, hold));
  const routes = env.ROUTES || (backends && routesOf(backends));
  const load: NodeJS.ProcessEnv = { ...env, ...(routes && { ROUTES: routes }) };
  const ask = { k6, interrupted, within: options.startTimeout, show: (text: string) => status.show(text) };
  if (options.router && backends) {
    const router = await startRouter(folder, options.router, backends, flags, env.SESSION_HEADER);
    hold(router.child);
    const target = { ...load, BASE_URL: router.url };
    told(status, await firstAnswers(router, { ...ask, env: target }));
    return { env: target, router };
  }
  for (const { name, url: at, models } of backends ?? []) status.say(`${name} at ${at}, models ${models.join(', ')}`);
  if (backends) status.say(`config: ${configOf(backends)}`);
  if (!backends) await probeFirst(k6, load, status, Boolean(load.MIX || load.MODEL_A));
  // It may have to learn of the backends first.
  else told(status, await firstAnswers({ child: children[0] as Guarded, url: url as string }, { ...ask, env: load }));
  return { env: load };
}

function told(status: Status, results: readonly ProbeResult[]): void {
  status.clear();
  for (const result of results) {
    status.say(`probe: ${result.line}`);
    for (const note of result.notes) status.say(`  note: ${note}`);
  }
}

export const bundle = (name: string): string => join(root, 'dist', `${name}.js`);

/** One run of k6, with what it took of the CPU in the foot of its table. */
export async function drive(
  session: Session,
  scenario: string,
  { env, router }: Raised,
  folder: string,
): Promise<Measured> {
  const { k6, writing, status, jsonToStdout, children } = session;
  const sampler = createSampler();
  for (const { name, pid } of children) sampler.watch(name, pid);
  try {
    const script = bundle(scenario);
    return await measure({
      k6,
      script,
      env: { ...env, ...writing },
      folder,
      status,
      jsonToStdout,
      k6Flags: [],
      inspected: await inspectK6(k6, script, env),
      guarded: true,
      onStart: (pid) => sampler.watch('client', pid),
      amend: (results) => cpuText(results, sampler.stop(), router !== undefined),
    });
  } finally {
    sampler.stop();
  }
}

function cpuText(results: Results, samples: Parameters<typeof cpuFound>[0], shared: boolean): string {
  const { lines, checks } = cpuFound(samples, results.steps, { cores: availableParallelism(), shared });
  results.audit.push(...checks);
  return `${lines.flatMap((line) => fold(line)).join('\n')}\n`;
}

/** A child that did not live to the end. @throws CommandError */
export function checkAlive({ children }: Session): void {
  const dead = children.find((child) => child.code() !== undefined);
  if (dead) throw new CommandError(`${dead.name} ended with ${dead.code()} during the run; ${logText(dead.log)}`);
}

/** The config goes with the run, unless it is wanted or may say why something failed; then the logs are told, too. */
export function clearUp({ options, status, children }: Session, router: Router | undefined, failed: boolean): void {
  const logs = children.map((child) => child.log);
  if (failed && logs.length > 0) status.say(`logs: ${logs.map((log) => typed(log)).join(' ')}`);
  if (router && (options.keepConfig || failed)) status.say(`config: ${typed(router.config)}`);
  else if (router) rmSync(router.config, { force: true });
}
