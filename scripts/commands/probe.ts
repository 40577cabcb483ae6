import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { PROBE_READS, type ProbeResult } from '../../lib/probe-result.ts';
import { probeText } from '../../lib/report/probe.ts';
import type { SettingName } from '../../lib/settings/table.ts';
import { ensureK6 } from '../build/k6.mjs';
import { root } from '../build/root.mjs';
import { CommandError, EXIT } from './exit.ts';
import { QUIET_K6, runK6 } from './k6.ts';
import { logLine } from './log.ts';
import { addSettings, checkEnvironment, givenBy } from './settings.ts';

/** Settings that shape or judge a load, of which there is none here. */
const NOT_HERE: readonly SettingName[] = ['RECORDS', 'SLO', 'WARMUP', 'ITL_SAMPLE', 'EXPECT_MODEL'];

export function addProbe(program: Command): void {
  const names = (Object.keys(PROBE_READS) as SettingName[]).filter((name) => !NOT_HERE.includes(name));
  const command = program
    .command('probe')
    .summary('one request, shown frame by frame')
    .description('Sends ONE request and shows the answer frame by frame: is it there, does it stream, when comes what.')
    .argument('[url]', 'the server, as in --url');
  addSettings(command, names).action(probe);
}

async function probe(url: string | undefined, options: Record<string, unknown>): Promise<void> {
  const { SUMMARY_JSON: json, ...given } = givenBy(url === undefined ? options : { ...options, url });
  checkEnvironment(process.env, given);
  const results = await askProbe(await ensureK6(), { ...process.env, ...given });
  const text = results.map((r) => probeText(r, process.stdout.columns || 120)).join('\n');
  if (json) {
    const file = `${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`;
    if (json === '-') process.stdout.write(file);
    else writeFileSync(json, file);
  }
  const failed = results.find((r) => !r.ok);
  if (json !== '-' && !(failed && failed.outcome === undefined)) process.stdout.write(text);
  if (failed) throw new CommandError(failed.line, failed.setting ? EXIT.badSetting : EXIT.failed);
}

/**
 * One request for each model, carried by bin/k6.
 * @throws CommandError where there is no result: a bad setting, an interrupt
 */
export async function askProbe(k6: string, env: NodeJS.ProcessEnv, guarded = false): Promise<ProbeResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'llmload-probe-'));
  const file = join(folder, 'probe.json');
  const log: string[] = [];
  try {
    const { code, interrupted } = await runK6({
      k6,
      args: ['run', ...QUIET_K6, '--quiet', join(root, 'dist/probe.js')],
      env: { ...env, SUMMARY_JSON: file, RECORDS: '' },
      onStdout: () => {},
      onLog: (line) => log.push(line),
      guarded,
    });
    if (interrupted) throw new CommandError('interrupted', EXIT.interrupted);
    const results = read(file);
    if (results?.length) return results;
    const said = log.map(logLine).find((line) => line?.level === 'error');
    throw new CommandError(
      said?.message ?? `the probe ended with ${code}: ${log.join(' ')}`,
      code === EXIT.badSetting ? code : EXIT.failed,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(file: string): ProbeResult[] | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProbeResult[];
  } catch {
    return undefined; // k6 ended before its summary; its log says why
  }
}
