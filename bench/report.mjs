// Records of millions of gaps: what `llmload report --html` makes of them, how long it takes, and the most memory it had.
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { root } from './lib/build.mjs';
import { number, printTable } from './lib/figures.mjs';
import { measured } from './lib/measured.mjs';
import { warnIfBusy } from './lib/proc.mjs';
import { fail } from './lib/processes.mjs';

/** Gaps of a request. */
const GAPS = 100;
/** Steps of a staircase, 60 s each. */
const STEPS = 20;
const LENGTH = 60_000;
const GOAL = { seconds: 60, megabytes: 2000, page: 1.5 };

const { values: given } = parseArgs({
  options: {
    /** Numbers of requests, a report each. */
    requests: { type: 'string', default: '10000,100000' },
  },
});

const START = Date.parse('2026-01-01T00:00:00Z');

/** A staircase whose latencies grow with its load; gaps are lognormal, and one in a hundred stalls. */
function* records(requests) {
  let state = 1;
  const random = () => {
    state = (state * 48271) % 2147483647; // Park and Miller
    return state / 2147483647;
  };
  const lognormal = (median, sigma) =>
    median * Math.exp(sigma * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()));
  const each = Math.round(requests / STEPS);
  const rate = (1000 * each) / LENGTH;
  const steps = Array.from({ length: STEPS }, (_, k) => ({
    name: `step_${k + 1}`,
    scenario: `step_${k + 1}`,
    load: { kind: 'open', rate },
    phase: 'steady',
    offset: 0,
    duration: LENGTH,
    judged: true,
  }));
  yield line({
    llmload: 1,
    kind: 'run',
    run: 'bench',
    started: new Date(START).toISOString(),
    scenario: 'saturation',
    driver: 'native',
    settings: { BASE_URL: 'http://host', API: 'openai-chat', STREAM: true, SLO: 'chat', SEED: 1 },
    steps,
    routing: false,
    models: [],
    profiles: [],
  });
  yield line({ kind: 'setup', model: 'm', share: 1 });
  const ms = (value) => Math.round(1000 * value) / 1000;
  for (let k = 0; k < STEPS; k++) {
    for (let i = 0; i < each; i++) {
      const gaps = Array.from({ length: GAPS }, () => ms(lognormal(10 + k, 0.3) * (random() < 0.01 ? 20 : 1)));
      const ttft = ms(lognormal(100 + 20 * k, 0.4));
      const e2e = ms(gaps.reduce((sum, gap) => sum + gap, ttft));
      yield line({
        t: START + k * LENGTH + (i * LENGTH) / each,
        i,
        due: null,
        lag: null,
        scenario: `step_${k + 1}`,
        step: `${k + 1}`,
        phase: 'steady',
        model: `model-${i % 3}`,
        answered: `model-${i % 3}`,
        outcome: 'ok',
        status: 200,
        resent: 0,
        cold: false,
        connect: 0,
        headers: 1,
        ttft,
        ttfo: ttft,
        e2e,
        end: e2e,
        gaps,
        in: 500,
        out: GAPS + 1,
        frames: GAPS + 1,
        token_source: 'server',
        finish: 'stop',
        id: `request-${k}-${i}`,
        warm: false,
      });
    }
  }
  yield line({ kind: 'judged', t: START + STEPS * LENGTH + 60_000 });
  yield line({ kind: 'end', requests: each * STEPS, cut: 0, dropped: {} });
}

const line = (value) => `${JSON.stringify(value)}\n`;

async function main() {
  warnIfBusy();
  const folder = mkdtempSync(join(tmpdir(), 'llmload-report-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const launcher = join(root, 'scripts/llmload.mjs');
  await measured(process.execPath, [launcher, '--version']); // builds what is not built
  const rows = [];
  let last;
  for (const requests of given.requests.split(',').map(Number)) {
    const [file, page] = [join(folder, 'records.jsonl'), join(folder, 'report.html')];
    await pipeline(Readable.from(records(requests)), createWriteStream(file));
    const text = await measured(process.execPath, [launcher, 'report', file], undefined, [0, 99]);
    const html = await measured(process.execPath, [launcher, 'report', file, '--html', page], undefined, [0, 99]);
    last = { ...html, page: statSync(page).size / 1e6 };
    rows.push([
      `${number((requests * GAPS) / 1e6, 1)} M`,
      number(requests),
      number(statSync(file).size / 1e6),
      number(text.seconds, 1),
      number(html.seconds, 1),
      number(html.peak),
      number(last.page, 2),
    ]);
  }
  printTable(['samples', 'requests', 'records MB', 'text s', '--html s', 'peak MB', 'page MB'], rows);
  const met = last.seconds < GOAL.seconds && !(last.peak > GOAL.megabytes) && last.page < GOAL.page;
  console.log(
    `\ntarget for the last: below ${GOAL.seconds} s, ${GOAL.megabytes} MB of memory, ${GOAL.page} MB of page: ${met ? 'met' : 'MISSED'}`,
  );
}

await main().catch(fail);
