import { join } from 'node:path';
import type { Command } from 'commander';
import { ensureK6 } from '../build/k6.mjs';
import { root } from '../build/root.mjs';
import { addFaults, type FaultFlags, injectorOf } from '../chaos/flags.ts';
import type { Injector } from '../chaos/injector.ts';
import { repeatLine } from '../chaos/repeat.ts';
import { runFault } from '../chaos/run.ts';
import { serveServers } from '../chaos/servers.ts';
import { FLAGS } from '../chaos/settings.ts';
import { runSuite } from '../chaos/suite-run.ts';
import { createStatus } from '../live/status.ts';
import { untilStopped } from '../saturate/stop.ts';
import { CommandError, EXIT } from './exit.ts';
import { checkK6Flags, inspectK6 } from './k6.ts';
import { addRemoteWrite, remoteWrite } from './remote-write.ts';
import { probeFirst, repeated } from './run.ts';
import { freshFolder, jsonOf } from './saved.ts';
import { addSettings, checkEnvironment, type Given, givenBy } from './settings.ts';

const TEXT = `
The run: --inject-at (30s) of load, then the fault, undone at --restore-at (90s), then up to --watch (120s) until all is as before;
it ends as soon as that is seen. The fault is undone however the run ends. What is told: when the fault was first seen by those who
wait for answers, when all was as before, what failed meanwhile, and whose requests those were; docs/chaos.md has the formulas.

Examples:
  llmload chaos --url localhost:8000 --inject-command 'kubectl delete pod vllm-0' --fault 'pod deleted'
  llmload chaos --url localhost:4000 --toxiproxy localhost:8474 --toxic vllm:latency,latency=300
  llmload chaos --url localhost:4000 --gpu root@gpu1:0 --restart-command 'ssh gpu1 systemctl restart vllm'
  llmload chaos --url localhost:4000 --admin localhost:9101,localhost:9102 --break partition
  llmload chaos --url localhost:8000 --spike 2 --rate 10 --slo chat
  CHAOS_INJECT_URL=… CHAOS_RESTORE_URL=… llmload chaos --url localhost:8000
  llmload chaos --suite

Exit codes: 0 the fault was shown, all recovered, and the SLO held before and after, 99 not so (a fault that nobody saw proves
nothing), 3 too few requests to tell, 1 the fault could not be undone, 130 interrupted, 107 a bad setting.`;

export function addChaos(program: Command): void {
  const command = program
    .command('chaos')
    .summary('break it on purpose, watch it recover')
    .description(
      'Makes a fault while load goes on, undoes it, and tells what it did: how soon it was seen, how soon it was over, what failed.',
    )
    .usage('[flags] [-- k6 flags]')
    .argument('[k6 flags...]')
    .addHelpText('after', TEXT);
  addFaults(command);
  addRemoteWrite(addSettings(command, FLAGS)).action(chaos);
}

async function chaos(k6Flags: string[], flags: FaultFlags & Record<string, unknown>): Promise<void> {
  if (flags.serve) return serveServers();
  checkK6Flags(k6Flags);
  const given = givenBy(flags);
  checkEnvironment(process.env, given);
  if (flags.suite) return runSuite(flags, given);
  if (flags.only !== undefined) throw new CommandError('--only is about --suite, and there is none', EXIT.badSetting);
  const { SUMMARY_JSON: json, ...settings } = given;
  const jsonToStdout = json === '-';
  const wanted: Given = jsonToStdout ? settings : given;
  const set: NodeJS.ProcessEnv = { ...process.env, ...wanted };
  const injector = injectorOf(flags, set);

  const k6 = await ensureK6();
  const script = join(root, 'dist', 'chaos.js');
  const env: NodeJS.ProcessEnv = { ...set, ...(injector && { FAULT: set.FAULT || injector.name }) };
  const inspected = await inspectK6(k6, script, { ...env, ...(injector && toCome(injector)) });
  const status = createStatus(process.stderr);
  await injector?.check().catch((e: Error) => {
    throw new CommandError(e.message);
  });
  await probeFirst(k6, env, status, Boolean(env.MIX || env.MODEL_A));
  const writing = await remoteWrite(flags.remoteWrite, env, status);
  // A signal outside of k6's time must not leave the fault behind.
  const { results, interrupted, code } = await untilStopped(() =>
    runFault({
      k6,
      script,
      env: { ...env, ...writing },
      k6Flags,
      inspected,
      status,
      injector,
      jsonToStdout,
      folder: freshFolder('chaos'),
    }),
  );
  if (jsonToStdout && results) process.stdout.write(jsonOf(results));
  status.say(`repeat: ${repeatLine(flags, repeated(process.env, wanted, results), k6Flags)}`);
  process.exitCode = interrupted ? EXIT.interrupted : code;
}

/** The hooks are not there before all settings are known to be good. */
const toCome = ({ restore }: Injector): Given => ({
  CHAOS_INJECT_URL: 'http://127.0.0.1:1/inject',
  CHAOS_RESTORE_URL: restore ? 'http://127.0.0.1:1/restore' : '',
});
