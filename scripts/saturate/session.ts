import { appendFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { liveOf, type RecordLine, type Rows } from '../../lib/analysis/columns/columns.ts';
import { Sorter } from '../../lib/analysis/columns/lines.ts';
import { measureProbe } from '../../lib/analysis/limit/search-judge.ts';
import { answerSeconds } from '../../lib/analysis/limit/search-time.ts';
import type { Probe, Search, Tried } from '../../lib/analysis/limit/search-types.ts';
import { type Step, stepName } from '../../lib/load/plan.ts';
import type { Header } from '../../lib/run.ts';
import { root } from '../build/root.mjs';
import { CommandError, EXIT } from '../commands/exit.ts';
import { QUIET_K6, runK6 } from '../commands/k6.ts';
import { createEcho } from '../commands/log.ts';
import { repeatCommand, typed } from '../commands/repeat.ts';
import { follow } from '../commands/run.ts';
import type { Given } from '../commands/settings.ts';
import type { Status } from '../live/status.ts';
import { readHeader } from '../records/file.ts';
import { linesOf } from '../records/read.ts';

/** What all probes of a search share. */
export interface Session {
  search: Search;
  k6: string;
  /** Where everything is written. */
  folder: string;
  env: NodeJS.ProcessEnv;
  /** What was set by flag or environment, for the lines that repeat a probe. */
  given: Given;
  /** ms */
  warmup: number;
  status: Status;
  rows: Rows;
  live: RecordLine[];
  /** What was measured, as the analysis knows it; one more with each probe. */
  steps: Step[];
  header?: Header;
  /** Epoch ms at which the last probe was over. */
  endedAt: number;
  tried: Tried[];
}

/** Memory of a VU that streams; at most half of the machine's is for VUs. */
const VU_BYTES = 1.2e6;
/** In a closed loop, refusals come back at once and are asked for again: so many times more requests than answers would be. */
const MOST_REQUESTS = 3;

/** The settings that make a load of a probe. */
function settingsOf({ search, tried, given }: Session, { load, seconds }: Probe): Given {
  const DURATION = `${Math.round(seconds * 1000)}ms`;
  const answer = answerSeconds(search, tried);
  if (search.by === 'concurrency') {
    const closed = { CONCURRENCY: String(load), DURATION };
    if (tried.length === 0) return closed;
    const most = Math.ceil((MOST_REQUESTS * seconds * load) / answer);
    return { ...closed, TOTAL_REQUESTS: String(Math.max(load, most)) };
  }
  // Twice what is in flight at the baseline, and what piles up at twice the load that the server can carry.
  const vus = Math.ceil(load * (2 * answer + Math.min(10, seconds / 2)));
  const most = Math.floor(totalmem() / 2 / VU_BYTES);
  return { RATE: String(load), DURATION, VUS: given.VUS ?? String(Math.max(10, Math.min(vus, most))) };
}

/**
 * Runs a probe, a plain k6 run of its own.
 * @returns undefined where it was interrupted
 * @throws CommandError
 */
export async function runProbe(
  session: Session,
  probe: Probe,
  show: (text: string) => void,
): Promise<Tried | undefined> {
  const { search, k6, folder, given, warmup, status, tried } = session;
  const name = tried.length === 0 ? 'baseline' : nameOf(session, probe.load);
  const file = `${String(tried.length + 1).padStart(2, '0')}-${probe.load}`;
  const records = join(folder, `${file}.jsonl`);
  const settings = settingsOf(session, probe);
  const script = join(root, 'dist', search.by === 'rate' ? 'constant.js' : 'blast.js');
  const shown = { ...given, ...settings, RECORDS: typed(records) };
  appendFileSync(join(folder, 'commands.txt'), `${repeatCommand(typed(k6), typed(script), shown)}\n`);

  const stop = follow(records, [{ name: stepName(probe.load), start: warmup, length: 1000 * probe.seconds }], show);
  const echo = createEcho((line) => status.say(`k6: ${line}`));
  const { code, interrupted } = await runK6({
    k6,
    args: ['run', ...QUIET_K6, '--quiet', script],
    env: { ...session.env, ...settings, RECORDS: records },
    onStdout: () => {},
    onLog: (line) => {
      appendFileSync(join(folder, 'k6.log'), `${line}\n`);
      echo(line);
    },
  }).finally(stop);
  status.clear();
  if (interrupted) return undefined;
  if (code !== EXIT.passed && code !== EXIT.sloFailed)
    throw new CommandError(`the probe at ${probe.load} ended with ${code}; see ${typed(join(folder, 'k6.log'))}`);
  return take(session, probe, records, name);
}

/** Reads what a probe wrote. */
function take(session: Session, probe: Probe, records: string, name: string): Tried {
  const { search, rows, live, steps } = session;
  const header = readHeader(records);
  const [planned] = header.steps;
  if (!planned) throw new CommandError(`${records} has no step`);
  const step: Step = { ...planned, name, scenario: name, judged: true };
  // The same load may come again, and steps are found by their scenario.
  const sorter = new Sorter((line) =>
    rows.add(line.scenario === planned.scenario ? { ...line, scenario: name } : line),
  );
  let number = 0;
  for (const line of linesOf(records)) sorter.see(line, ++number);
  const frame = sorter.done();
  live.push(...frame.live);
  const endedAt = Number(frame.judged?.t ?? Date.now());
  const tried = measureProbe(search, probe, step, rows.columns(liveOf(live)), endedAt);
  session.header ??= header;
  session.endedAt = endedAt;
  steps.push(step);
  session.tried.push(tried);
  return tried;
}

function nameOf({ tried }: Session, load: number): string {
  const before = tried.filter((t) => t.probe.load === load).length;
  return before === 0 ? stepName(load) : `${stepName(load)}_again${before > 1 ? before : ''}`;
}
