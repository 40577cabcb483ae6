import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { chartsOf } from '../../lib/analysis/charts/charts.ts';
import { planSearch } from '../../lib/analysis/limit/search-plan.ts';
import type { Search } from '../../lib/analysis/limit/search-types.ts';
import { textReport } from '../../lib/report/text.ts';
import { flagOf } from '../../lib/settings/table.ts';
import { writeOwnPage } from '../report/own.ts';
import { openSession } from '../saturate/open.ts';
import { resultsFound } from '../saturate/results.ts';
import { effortText, loadText, planText } from '../saturate/say.ts';
import { bad, precisionOf, refuseLoads, searchOf, within } from '../saturate/search.ts';
import { type Ended, searching } from '../saturate/searching.ts';
import type { Session } from '../saturate/session.ts';
import { FLAGS, LOADS } from '../saturate/settings.ts';
import { type Stop, untilStopped } from '../saturate/stop.ts';
import { CommandError, EXIT } from './exit.ts';
import { addRemoteWrite } from './remote-write.ts';
import { typed } from './repeat.ts';
import { saveResults } from './saved.ts';
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
  addRemoteWrite(addSettings(command, FLAGS));
  // Known, so that the answer is better than "unknown option".
  for (const name of LOADS) command.addOption(new Option(`--${flagOf(name)} [value]`).hideHelp());
  command.action(saturate);
}

interface Flags extends Record<string, unknown> {
  by: string;
  precision: string;
  budget?: string;
  remoteWrite?: string;
}

async function saturate(flags: Flags): Promise<void> {
  refuseLoads(flags, '--by, --baseline, --precision, --budget');
  const given = givenBy(flags);
  checkEnvironment(process.env, given);
  const { SUMMARY_JSON: json = process.env.SUMMARY_JSON, ...wanted } = given;
  const asked = wantedSearch(flags, { ...process.env, ...wanted });
  const session = await openSession('saturate', asked, wanted, flags.remoteWrite);
  const { search, tried, status } = session;
  const begun = Date.now();
  await untilStopped(async (stop) => {
    status.say(planText(search, planSearch(search, tried, 0)));
    const ended = await searching(session, begun, stop, (probe, { probes }) => (live) => {
      const text = live.text();
      return text && `probe ${tried.length + 1} of about ${probes}: ${loadText(search, probe.load)} · ${text}`;
    });
    tell(session, ended, stop, begun, json, flags);
  });
}

/** @throws CommandError 107 */
function wantedSearch({ by, precision, budget }: Flags, set: NodeJS.ProcessEnv): Search {
  const search = searchOf(by, precisionOf(precision), set);
  const upward = search.terms.find((t) => t.metric === 'goodput' || t.metric === 'throughput');
  if (upward) throw bad(`SLO="${upward.text}"`, 'little load never gives as much', 'latencies, errors, in_slo');
  return budget === undefined ? search : within(search, budget);
}

function tell(session: Session, ended: Ended, stop: Stop, begun: number, json: string | undefined, flags: Flags): void {
  const { search, tried, folder, status } = session;
  const { failure, doubts } = ended;
  if (tried.length === 0) {
    if (stop.asked) throw new CommandError('interrupted before the baseline was measured', EXIT.interrupted);
    throw new CommandError(failure ?? 'nothing was measured');
  }
  const { by, precision, budget } = flags;
  const settings = { BASELINE: search.baseline, BY: by, PRECISION: precision, ...(budget && { BUDGET: budget }) };
  const { results, extras, columns, measured } = resultsFound(
    session,
    { id: randomUUID(), scenario: 'saturate', settings, started: begun, doubts },
    {
      terms: search.terms,
      ...(search.terms.length > 0 && { confidence: search.confidence }),
      extras: [],
      more: [],
    },
  );
  const effort = effortText(search, tried, (session.endedAt - begun) / 1000);
  const text = `\n${textReport(results, [...extras, { find: () => ({}), text: () => [effort] }])}`;
  saveResults(folder, results, text, json);
  const page = join(folder, 'report.html');
  const drawn = writeOwnPage(page, status, () => ({ results, charts: chartsOf(columns, measured) }));
  const [kept, commands] = ['results.json', 'commands.txt'].map((name) => typed(join(folder, name)));
  status.say(`saved: ${kept}, and the records of each probe beside it`);
  status.say(`repeat a probe: ${commands} has the command of each`);
  if (drawn) status.say(`report: ${typed(page)}`);
  if (stop.asked) process.exitCode = EXIT.interrupted;
  else if (failure) throw new CommandError(`${failure}; what was measured is kept`);
  else if (results.limit?.range[0] === null)
    throw new CommandError(`${results.limit.sentence}; a lower --baseline leaves room below`);
}
