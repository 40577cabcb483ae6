import { randomInt, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { Rows } from '../../lib/analysis/columns/columns.ts';
import { nextProbe } from '../../lib/analysis/limit/search.ts';
import { bracketOf } from '../../lib/analysis/limit/search-judge.ts';
import { planSearch } from '../../lib/analysis/limit/search-plan.ts';
import { baselineSeconds } from '../../lib/analysis/limit/search-time.ts';
import type { Search } from '../../lib/analysis/limit/search-types.ts';
import { steady } from '../../lib/load/steady.ts';
import { textReport } from '../../lib/report/text.ts';
import { durationMs } from '../../lib/settings/parse.ts';
import { readSettings } from '../../lib/settings/settings.ts';
import { flagOf } from '../../lib/settings/table.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { ensureK6 } from '../build/k6.mjs';
import { root } from '../build/root.mjs';
import { createStatus } from '../live/status.ts';
import { drain } from '../saturate/drain.ts';
import { resultsFound } from '../saturate/results.ts';
import { effortText, loadText, planText, probeText, timeText } from '../saturate/say.ts';
import { runProbe, type Session } from '../saturate/session.ts';
import { FLAGS, LOADS, OWN, READS } from '../saturate/settings.ts';
import { CommandError, EXIT } from './exit.ts';
import { inspectK6 } from './k6.ts';
import { typed } from './repeat.ts';
import { probeFirst, settingsSet } from './run.ts';
import { freshFolder } from './saved.ts';
import { addSettings, checkEnvironment, givenBy } from './settings.ts';

export function addSaturate(program: Command): void {
  const command = program
    .command('saturate')
    .summary('search for the load that the server can carry')
    .description(
      'Searches for the limit: doubles the load until it breaks, then halves the range between what held and what broke.\nWith --slo, for the highest load at which every term holds, certified.',
    )
    .option('--by <rate|concurrency>', 'req/s, or requests in flight', 'rate')
    .option('--precision <share>', 'how near what broke shall be to what held', '5%')
    .option('--budget <duration>', 'time that all of it may take; says what precision that buys');
  addSettings(command, FLAGS);
  // Known, so that the answer is better than "unknown option".
  for (const name of LOADS) command.addOption(new Option(`--${flagOf(name)} [value]`).hideHelp());
  command.action(saturate);
}

interface Flags extends Record<string, unknown> {
  by: string;
  precision: string;
  budget?: string;
}

async function saturate(flags: Flags): Promise<void> {
  for (const name of LOADS) {
    const flag = flagOf(name);
    if (flags[flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())] !== undefined)
      throw bad(`--${flag}`, 'the search sets the load itself', '--by, --baseline, --precision, --budget');
  }
  const given = givenBy(flags);
  checkEnvironment(process.env, given);
  const { SUMMARY_JSON: json = process.env.SUMMARY_JSON, ...wanted } = given;
  const set: NodeJS.ProcessEnv = { ...process.env, ...wanted };
  const search = searchOf(flags, set);
  const SEED = set.SEED || String(randomInt(2 ** 32));
  const ARRIVAL = search.by === 'rate' ? set.ARRIVAL || READS.ARRIVAL : '';
  const env: NodeJS.ProcessEnv = { ...set, ...Object.fromEntries(OWN.map((name) => [name, ''])), SEED, ARRIVAL };

  const k6 = await ensureK6();
  await inspectK6(k6, join(root, 'dist', 'constant.js'), { ...env, RATE: '1', DURATION: '1s' });
  const status = createStatus(process.stderr);
  const [first] = await probeFirst(k6, env, status);
  const { warmup, warnings } = readSettings(set, READS);
  for (const warning of warnings()) status.say(warning.replace('this scenario', 'a search'));
  const passed = Object.entries({ ...settingsSet(set, wanted), SEED, ARRIVAL }).filter(
    ([name, value]) => value && !(OWN as string[]).includes(name),
  );
  const session: Session = {
    search: { ...search, alone: (first?.e2e ?? 1000) / 1000, overhead: START + warmup / 1000 },
    k6,
    folder: freshFolder('saturate'),
    env: { ...env, MODEL: first?.model },
    given: Object.fromEntries(passed),
    warmup,
    status,
    rows: new Rows(),
    live: [],
    steps: [],
    endedAt: Date.now(),
    tried: [],
  };
  const begun = Date.now();
  const ended = await searching(session, begun);
  tell(session, ended, begun, json, flags);
}

/** s that k6 and the request that finds the server idle take. */
const START = 2;

const bad = (what: string, wrong: string, allowed: string): CommandError =>
  new CommandError(`${what}: ${wrong}; allowed: ${allowed}`, EXIT.badSetting);

/** @throws CommandError 107 */
function searchOf({ by, precision, budget }: Flags, set: NodeJS.ProcessEnv): Search {
  if (by !== 'rate' && by !== 'concurrency') throw bad(`--by ${by}`, 'unknown', 'rate, concurrency');
  const { arrival, baseline, slo, confidence, driver } = readSettings(set, READS);
  const terms = parseSlo(slo);
  const share = /%$/.test(precision) ? Number(precision.slice(0, -1)) / 100 : Number(precision);
  if (!(share >= 0.005 && share <= 1)) throw bad(`--precision ${precision}`, 'not a share', '0.5% to 100%');
  const ms = budget === undefined ? undefined : durationMs(budget);
  if (budget !== undefined && ms === undefined) throw bad(`--budget ${budget}`, 'not a duration', 'as in 90s, 15m, 1h');
  if (by === 'concurrency' && !Number.isInteger(baseline))
    throw bad(`BASELINE="${baseline}"`, 'not a whole number', 'requests in flight, with --by concurrency');
  if (by === 'concurrency' && set.ARRIVAL)
    throw bad(`ARRIVAL="${set.ARRIVAL}"`, 'in a closed loop answers say when requests start', '--by rate');
  if (driver === 'http') throw bad('DRIVER="http"', 'a search needs the records that bin/k6 keeps', 'auto, native');
  const upward = terms.find((t) => t.metric === 'goodput' || t.metric === 'throughput');
  if (upward) throw bad(`SLO="${upward.text}"`, 'little load never gives as much', 'latencies, errors, in_slo');
  const random = by === 'rate' && steady(arrival).kind !== 'constant';
  const search: Search = { by, random, baseline, precision: share, terms, confidence, alone: 0, overhead: START };
  if (ms === undefined) return search;
  const least = baselineSeconds(search) + START;
  if (ms / 1000 < least) throw bad(`--budget ${budget}`, 'too short', `the baseline alone takes ${timeText(least)}`);
  return { ...search, budget: ms / 1000 };
}

/** How a search came to its end; without either, by itself. */
interface Ended {
  interrupted?: true;
  /** Why it could not go on. */
  failure?: string;
  /** What makes its figures doubtful. */
  doubts: string[];
}

async function searching(session: Session, begun: number): Promise<Ended> {
  const { search, tried, status } = session;
  const elapsed = () => (Date.now() - begun) / 1000;
  const plan = () => planSearch(search, tried, elapsed());
  const doubts: string[] = [];
  let interrupted = false;
  const stop = () => {
    interrupted = true;
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, stop);
  try {
    status.say(planText(search, plan()));
    let known = false;
    for (;;) {
      const last = tried.at(-1);
      // A server that died under the last load has not shown its limit.
      if (!nextProbe(search, tried, elapsed()) && !last?.result.outcomes.connection) break;
      const { doubt, down } = last ? await drain(session, last.probe.load) : {};
      if (doubt) doubts.push(doubt);
      if (down) {
        const failure = `after the probe at ${loadText(search, last?.probe.load ?? 0)} the server stopped answering: ${down}`;
        return { failure, doubts: [...doubts, failure] };
      }
      const probe = nextProbe(search, tried, elapsed());
      if (!probe || interrupted) break;
      const head = `probe ${tried.length + 1} of about ${plan().probes}: ${loadText(search, probe.load)}`;
      if (!(await runProbe(session, probe, (text) => status.show(`${head} · ${text}`)))) break;
      status.say(probeText(search, tried));
      if (search.budget !== undefined && !known && bracketOf(search, tried).broken !== undefined) {
        known = true;
        status.say(planText(search, plan()));
      }
      if (interrupted) break;
    }
  } catch (e) {
    if (!interrupted) return { failure: (e as Error).message, doubts };
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
  return interrupted ? { interrupted, doubts: [...doubts, 'interrupted before the search was over'] } : { doubts };
}

function tell(session: Session, ended: Ended, begun: number, json: string | undefined, flags: Flags): void {
  const { search, tried, folder, status } = session;
  const { interrupted, failure, doubts } = ended;
  if (tried.length === 0) {
    if (interrupted) throw new CommandError('interrupted before the baseline was measured', EXIT.interrupted);
    throw new CommandError(failure ?? 'nothing was measured');
  }
  const { by, precision, budget } = flags;
  const settings = { BASELINE: search.baseline, BY: by, PRECISION: precision, ...(budget && { BUDGET: budget }) };
  const { results, extras } = resultsFound(session, { id: randomUUID(), started: begun, settings }, doubts);
  const effort = effortText(search, tried, (session.endedAt - begun) / 1000);
  const text = `\n${textReport(results, [...extras, { find: () => ({}), text: () => [effort] }])}`;
  const file = `${JSON.stringify(results, null, 2)}\n`;
  writeFileSync(join(folder, 'results.json'), file);
  writeFileSync(join(folder, 'table.txt'), text);
  if (json && json !== '-') writeFileSync(json, file);
  if (json === '-') process.stdout.write(file);
  (json === '-' ? process.stderr : process.stdout).write(text);
  const [kept, commands] = ['results.json', 'commands.txt'].map((name) => typed(join(folder, name)));
  status.say(`saved: ${kept}, and the records of each probe beside it`);
  status.say(`repeat a probe: ${commands} has the command of each`);
  if (interrupted) process.exitCode = EXIT.interrupted;
  else if (failure) throw new CommandError(`${failure}; what was measured is kept`);
  else if (results.limit?.range[0] === null)
    throw new CommandError(`${results.limit.sentence}; a lower --baseline leaves room below`);
}
