/** ONE request, shown frame by frame: is there a server, does it know the model, does it stream? Before any load. */
import exec from 'k6/execution';
import type { Options } from 'k6/options';
import { PROBE_READS, type ProbeResult } from '../lib/probe-result.ts';
import { runProbe } from '../lib/probe-run.ts';
import { probeText } from '../lib/report/probe.ts';
import { readSettings } from '../lib/settings/read.ts';
import type { Soon } from '../lib/soon.ts';

const settings = readSettings(__ENV, PROBE_READS);

export const options = {
  scenarios: { probe: { executor: 'shared-iterations', vus: 1, iterations: 1, maxDuration: '10s', exec: 'verdict' } },
  setupTimeout: `${settings.timeout * Math.max(2, settings.mix?.length ?? 0) + 30_000}ms`,
  userAgent: `llmload/${LLMLOAD_VERSION}`,
} satisfies Options;

const probe = runProbe(settings);

/** Here, because what setup returns is what handleSummary can read. */
export function setup(): Soon<ProbeResult[]> {
  return probe();
}

/** An exit code that is not 0, and the line in k6's log. */
export function verdict(results: ProbeResult[]): void {
  const failed = results.find((r) => !r.ok);
  if (failed) exec.test.abort(failed.line);
}

export function handleSummary({ setup_data: results = [] }: { setup_data?: ProbeResult[] }): Record<string, string> {
  const files: Record<string, string> = { stdout: results.map((r) => `\n${probeText(r)}`).join('') };
  if (settings.summaryJson) files[settings.summaryJson] = `${JSON.stringify(results, null, 2)}\n`;
  return files;
}
