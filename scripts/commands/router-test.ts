import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { parseSetting } from '../../lib/settings/parse.ts';
import { ensureK6 } from '../build/k6.mjs';
import { createStatus } from '../live/status.ts';
import { addFlags, type Flags } from '../router-test/flags.ts';
import { optionsOf } from '../router-test/options.ts';
import { repeatLine } from '../router-test/repeat.ts';
import { serveBackends } from '../router-test/serve.ts';
import { bundle, checkAlive, clearUp, drive, type Raised, raise, type Session } from '../router-test/session.ts';
import { affinitySettings, asking, withoutConversations } from '../router-test/settings.ts';
import { EXIT } from './exit.ts';
import { inspectK6 } from './k6.ts';
import { addRemoteWrite, remoteWrite } from './remote-write.ts';
import { type Measured, repeated } from './run.ts';
import { freshFolder, jsonOf } from './saved.ts';
import { checkEnvironment, type Given, givenBy } from './settings.ts';

export function addRouterTest(program: Command): void {
  const command = program
    .command('router-test')
    .summary('does a router send each request where it should?')
    .description(
      'Drives a router and judges what comes back: the right model, from a backend that it may use, the right answer, a fair split, a stream. Without --url it starts all of it: backends, the router (our own, or --router-cmd), the load. With --url the router runs already.',
    );
  addRemoteWrite(addFlags(command));
  command.addHelpText(
    'after',
    `
Examples:
  llmload router-test                                     our own router
  llmload router-test --broken swapped-answers            one that is caught
  llmload router-test --router-cmd 'uvicorn router:app --port {port}' --router-env 'BACKENDS={backends}'
  llmload router-test --router-cmd 'litellm --config {config} --port {port}' --router-config litellm.yaml
  llmload router-test --url localhost:4000 --model llama3.2 --ramp 8,32,64`,
  );
  command.action(routerTest);
}

async function routerTest(flags: Flags & { remoteWrite?: string } & Record<string, unknown>): Promise<void> {
  const {
    SUMMARY_JSON: json,
    AFFINITY: affinity = process.env.AFFINITY,
    ...given
  } = givenBy({ promptText: flags.prompt, ...flags });
  checkEnvironment(process.env, given);
  const url = given.BASE_URL || process.env.BASE_URL;
  const options = optionsOf(flags, url);
  if (options.serveOnly && options.backends) return serveBackends(options.backends, flags);

  const jsonToStdout = json === '-';
  const wanted: Given = { ...given, ...(json && !jsonToStdout && { SUMMARY_JSON: json }) };
  const set: NodeJS.ProcessEnv = { ...process.env, ...wanted };
  const env = { ...set, ...asking(set, [...new Set(options.backends?.models.flat())]) };
  const k6 = await ensureK6();
  await inspectK6(k6, bundle('router'), withoutConversations(env));

  const status = createStatus(process.stderr);
  const writing = await remoteWrite(flags.remoteWrite, env, status);
  const interrupt = new AbortController();
  const stop = () => interrupt.abort();
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  const session: Session = {
    k6,
    env,
    writing,
    options,
    flags,
    status,
    jsonToStdout,
    folder: freshFolder('router-test'),
    interrupted: interrupt.signal,
    children: [],
  };
  let raised: Raised | undefined;
  let failed = true;
  try {
    raised = await raise(session, url);
    const alone = { ...raised, env: withoutConversations(raised.env) };
    const first = await drive(session, 'router', alone, session.folder);
    if (jsonToStdout && first.results) process.stdout.write(jsonOf(first.results));
    const all =
      affinity && parseSetting('AFFINITY', affinity) && !first.interrupted
        ? [first, await talk(session, raised)]
        : [first];
    status.say(
      `repeat: ${repeatLine(flags, { ...repeated(process.env, wanted, first.results), ...(affinity && { AFFINITY: affinity }) })}`,
    );
    process.exitCode = codeOf(all);
    if (!interrupt.signal.aborted) checkAlive(session);
    failed = process.exitCode !== EXIT.passed;
  } finally {
    status.clear();
    await Promise.all(session.children.map((child) => child.stop()));
    for (const signal of signals) process.off(signal, stop);
    clearUp(session, raised?.router, failed);
  }
}

/** A second, short run: do conversations stay with the backend that knows them? */
function talk(session: Session, raised: Raised): Promise<Measured> {
  const folder = join(session.folder, 'affinity');
  mkdirSync(folder);
  const env = { ...raised.env, ...affinitySettings(raised.env) };
  return drive(session, 'conversations', { ...raised, env }, folder);
}

/** An interrupt before anything else, a verdict that failed before one that is not clear. */
function codeOf(all: readonly Measured[]): number {
  if (all.some((run) => run.interrupted)) return EXIT.interrupted;
  const codes = all.map((run) => run.code).filter((code) => code !== EXIT.passed);
  return codes.find((code) => code !== EXIT.inconclusive) ?? codes[0] ?? EXIT.passed;
}
