import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { planSearch } from '../../lib/analysis/limit/search-plan.ts';
import { textReport } from '../../lib/report/text.ts';
import { type CommonSettings, parseSettings } from '../../lib/settings/settings.ts';
import { flagOf } from '../../lib/settings/table.ts';
import { parseSlo } from '../../thresholds/slo.ts';
import { tryMetrics } from '../analyze/analyze.ts';
import { addMetrics, type MetricsFlags, metricsOf } from '../analyze/flags.ts';
import { addPhases, type PhaseFlags, type Phases, phasesOf, searchIn } from '../bench/flags.ts';
import { planTable, type Service } from '../bench/plan.ts';
import { type Asked, benchFound } from '../bench/results.ts';
import { type BenchEnded, runPhases } from '../bench/run.ts';
import { addAsking } from '../cost/flags.ts';
import { writeOwnPage } from '../report/own.ts';
import { type PriceFlags, pricingOf } from '../report/price.ts';
import { openSession } from '../saturate/open.ts';
import { bad, refuseLoads, searchOf } from '../saturate/search.ts';
import type { Session } from '../saturate/session.ts';
import { FLAGS, LOADS, READS } from '../saturate/settings.ts';
import { type Stop, untilStopped } from '../saturate/stop.ts';
import { CommandError, codeOf, EXIT } from './exit.ts';
import { addRemoteWrite } from './remote-write.ts';
import { typed } from './repeat.ts';
import { saveResults } from './saved.ts';
import { addSettings, checkEnvironment, type Given, givenBy } from './settings.ts';

export function addBench(program: Command): void {
  const command = program
    .command('bench')
    .summary('from a URL to a decision: warm-up, limit, SLO, report')
    .description(
      'Warms the server up, takes a baseline, searches for the load that it can carry, then judges --slo (chat) at the recommended load, certified, and writes report.html. About 45 minutes; --quick takes two, and only observes.\n' +
        `Requests are ${WORKLOAD} unless told otherwise, at random moments (--arrival poisson).`,
    )
    .addHelpText('after', EXIT_CODES);
  addPhases(command);
  command
    .optionsGroup('Cost:')
    .option('--gpus <n>', 'how many GPUs serve it (1)')
    .option('--price <$>', '$ per hour of one of them; what follows needs it');
  addAsking(command);
  addMetrics(command.optionsGroup("The server's own metrics:"));
  addRemoteWrite(addSettings(command, FLAGS));
  // Known, so that the answer is better than "unknown option".
  for (const name of LOADS) command.addOption(new Option(`--${flagOf(name)} [value]`).hideHelp());
  command.action(bench);
}

const WORKLOAD = 'chat:0.7,code:0.2,summarization:0.1';
const EXIT_CODES = `
Exit codes: 0 the SLO holds, 99 it does not, 3 too few requests to certify it, 1 not even the baseline held or the server went
down, 130 interrupted (what was measured is reported), 107 a bad setting.`;

type Flags = PhaseFlags & PriceFlags & MetricsFlags & { remoteWrite?: string } & Record<string, unknown>;

async function bench(flags: Flags): Promise<void> {
  refuseLoads(flags, '--baseline, --precision, --budget, --staircase');
  const given = givenBy(flags);
  checkEnvironment(process.env, given);
  const { SUMMARY_JSON: json = process.env.SUMMARY_JSON, ...rest } = given;
  const phases = phasesOf(flags);
  const pricing = pricingOf(flags, 1);
  const metrics = metricsOf(flags);
  const wanted = { ...usual({ ...process.env, ...rest }, phases), ...rest };
  const set: NodeJS.ProcessEnv = { ...process.env, ...wanted };
  const asked: Asked = { phases, service: serviceOf(set, phases), pricing, ...(metrics && { metrics }) };
  const search = searchIn(searchOf('rate', phases.precision, { ...set, SLO: '' }), phases);
  const { seconds } = phases.warmup;
  if (seconds > 0 && phases.warmup.rate * seconds < 1) throw bad('--warmup-rate', 'no request in its time', 'more');
  if (search.baseline * phases.baselineSeconds < 1) throw bad('--baseline', 'no request in --baseline-time', 'more');

  const scraped = metrics && (await tryMetrics(metrics));
  const session = await openSession('bench', search, wanted, flags.remoteWrite);
  const { status } = session;
  if (scraped) status.say(scraped);
  session.announce = (command) => status.say(`$ ${command}`);
  const started = Date.now();
  await untilStopped(async (stop) => {
    for (const line of planTable(phases, session.search, planSearch(session.search, [], 0), asked.service))
      status.say(line);
    const ended = await runPhases(session, phases, asked.service, stop);
    await tell(session, asked, ended, stop, started, json);
  });
}

const OF_PROMPTS = ['WORKLOAD', 'INPUT_TOKENS', 'PROMPT_TEXT', 'PROMPTS_FILE'] as const;

/** What a bench sets where nobody else does. A quick one has no time to warm up before each run of k6. */
const usual = (set: NodeJS.ProcessEnv, { quick }: Phases): Given => ({
  ...(OF_PROMPTS.every((name) => !set[name]) && { WORKLOAD }),
  ...(quick && !set.WARMUP && { WARMUP: '0s' }),
});

function serviceOf(set: NodeJS.ProcessEnv, { quick }: Phases): Service {
  const { slo = 'chat', confidence }: Pick<CommonSettings, 'slo'> & { confidence: number } = parseSettings(set, READS);
  return { name: slo, terms: parseSlo(slo), ...(!quick && { confidence }) };
}

async function tell(
  session: Session,
  asked: Asked,
  ended: BenchEnded,
  stop: Stop,
  started: number,
  json: string | undefined,
): Promise<void> {
  const { tried, folder, status } = session;
  const { failure } = ended;
  if (tried.length === 0) {
    if (stop.asked) throw new CommandError('interrupted before the baseline was measured', EXIT.interrupted);
    throw new CommandError(failure ?? 'nothing was measured');
  }
  const { results, extras, charts } = await benchFound(
    session,
    { id: randomUUID(), started, settings: settingsOf(session, asked) },
    asked,
    ended,
    stop.asked,
  );
  saveResults(folder, results, `\n${textReport(results, extras)}`, json);
  const page = join(folder, 'report.html');
  const drawn = writeOwnPage(page, status, () => ({ results, charts, ...asked.pricing.runs[0] }));
  status.say(`saved: ${typed(join(folder, 'results.json'))}, and the records of each part beside it`);
  status.say(`repeat a part: ${typed(join(folder, 'commands.txt'))} has the command of each`);
  if (drawn) status.say(`report: ${typed(page)}`);
  if (stop.asked) process.exitCode = EXIT.interrupted;
  else if (failure) throw new CommandError(`${failure}; what was measured is kept`);
  else if (results.limit?.range[0] === null) throw new CommandError(results.bench?.sentence ?? '');
  else process.exitCode = codeOf(results);
}

/** What the results say of the bench itself. */
const settingsOf = ({ search }: Session, { phases, service }: Asked): Record<string, unknown> => ({
  BASELINE: search.baseline,
  SLO: service.name,
  ...(service.confidence !== undefined && { CONFIDENCE: service.confidence }),
  ...(phases.staircase ? { STAIRCASE: phases.staircase } : { PRECISION: phases.precision }),
  ...(phases.budget !== undefined && { BUDGET: phases.budget }),
});
