import { recoveredBy } from '../../lib/analysis/chaos/recovered-by.ts';
import type { FaultNote } from '../../lib/analysis/chaos/result.ts';
import { liveOf, type RecordLine, Rows } from '../../lib/analysis/columns/columns.ts';
import { stepData } from '../../lib/analysis/measure.ts';
import { measureStep } from '../../lib/analysis/steps.ts';
import type { Step } from '../../lib/load/plan.ts';
import type { Header } from '../../lib/run.ts';

/** All must be well for as long as the fault lasted, and need not be for longer than this, ms. */
const LONGEST = 10_000;

/** Watches the records of a run, and says when there is nothing more to wait for. */
export interface Watch {
  /** Aborts once it has recovered, and has been well for a while. */
  enough: AbortSignal;
  onRecords: (lines: readonly string[]) => void;
}

export function untilRecovered(): Watch {
  const enough = new AbortController();
  const rows = new Rows();
  const faults: FaultNote[] = [];
  let steps: readonly Step[] = [];
  let now = 0;

  function see(line: RecordLine): void {
    if (line.kind === undefined) rows.add(line);
    else if (line.kind === 'fault') faults.push(line as unknown as FaultNote);
    else if (line.kind === 'run') steps = (line as unknown as Header).steps;
    else if (line.kind === 'live') now = Number(line.t);
  }

  /** Epoch ms since when the fault has been undone and all has been well. */
  function wellSince(): number | undefined {
    const undone = faults.findLast(({ did, error }) => did === 'restore' && error === undefined);
    if (!undone) return undefined;
    const columns = rows.columns(liveOf([]));
    const measured = stepData(columns, steps, now).map((data) => measureStep(columns, data, undefined));
    const recovered = recoveredBy(columns, measured, faults);
    return recovered && Math.max(recovered.at, undone.at ?? undone.asked);
  }

  return {
    enough: enough.signal,
    onRecords(lines) {
      if (lines.length === 0 || enough.signal.aborted) return;
      for (const line of lines) {
        const parsed = parse(line);
        if (parsed) see(parsed);
      }
      const since = wellSince();
      const lasted = steps.find(({ phase }) => phase === 'during')?.duration ?? LONGEST;
      if (since !== undefined && now - since >= Math.min(LONGEST, lasted)) enough.abort();
    },
  };
}

function parse(line: string): RecordLine | undefined {
  try {
    return JSON.parse(line) as RecordLine;
  } catch {
    return undefined;
  }
}
