// The engine of `llmload mock --engine` in virtual time: throughput, TTFT and ITL against load, beside the formulas of
// docs/engine.md, and docs/engine.svg drawn from them; its presets against published figures; how fast it is without HTTP.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as echarts from 'echarts';
import { build } from 'esbuild';
import { root } from './lib/build.mjs';
import { number, printTable } from './lib/figures.mjs';
import { fail } from './lib/processes.mjs';

const PRESET = '8b-h100';
const ALIKE = { prompt: 500, output: 200 };
const SHARES = [0.02, ...Array.from({ length: 15 }, (_, k) => (k + 1) / 10)];
const [BLUE, ORANGE, GREEN] = ['#1f6feb', '#d9730d', '#2da44e'];

/** The simulation is TypeScript, as the tests have it. */
async function simulation() {
  const folder = join(root, '.cache/bench');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, 'engine-curve.mjs');
  const contents = ['sim/engine-curve', 'sim/engine-published', '../mock/batch/presets']
    .map((file) => `export * from './test/${file}.ts';`)
    .join('\n');
  const stdin = { contents, resolveDir: root };
  await build({ stdin, bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' });
  return import(pathToFileURL(outfile).href);
}

/** Points are simulated, lines are the formulas. */
function draw(points) {
  const series = (name, value, color, axis, more) => ({
    name,
    data: points.map((point) => [point.rate, value(point)]),
    color,
    xAxisIndex: axis,
    yAxisIndex: axis,
    animation: false,
    ...more,
  });
  const dots = (name, of, color, axis, symbol = 'circle') =>
    series(name, ({ simulated }) => simulated[of], color, axis, { type: 'scatter', symbol, symbolSize: 8 });
  const line = (of, color, axis) =>
    series(`${of} by formula`, ({ formula }) => formula[of], color, axis, { type: 'line', showSymbol: false });
  const x = (gridIndex) => ({ gridIndex, name: 'requests a second', nameLocation: 'middle', nameGap: 28, max: 50 });
  const chart = echarts.init(null, null, { renderer: 'svg', ssr: true, width: 960, height: 400 });
  chart.setOption({
    backgroundColor: '#ffffff',
    textStyle: { color: '#24292f' },
    title: {
      text: `${PRESET}, prompts of ${ALIKE.prompt} and answers of ${ALIKE.output} tokens, random arrivals`,
      subtext: 'points: simulated, lines: formulas',
      left: 'center',
      textStyle: { fontSize: 15 },
    },
    legend: { bottom: 0, itemGap: 28, data: ['output tokens/s', 'TTFT p99, ms', 'TTFT p50, ms', 'ITL, ms'] },
    grid: [
      { left: 70, width: 370, top: 80, height: 235 },
      { left: 530, width: 400, top: 80, height: 235 },
    ],
    xAxis: [x(0), x(1)],
    yAxis: [
      { gridIndex: 0, name: 'tokens/s' },
      { gridIndex: 1, type: 'log', name: 'ms' },
    ],
    series: [
      dots('output tokens/s', 'throughput', BLUE, 0),
      line('throughput', BLUE, 0),
      dots('TTFT p99, ms', 'ttft99', ORANGE, 1, 'triangle'),
      dots('TTFT p50, ms', 'ttft50', ORANGE, 1),
      line('ttft', ORANGE, 1),
      dots('ITL, ms', 'itl', GREEN, 1),
      line('itl', GREEN, 1),
    ],
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return plain(svg);
}

/** Without what echarts adds for the mouse, with a title for those who cannot see it. */
function plain(svg) {
  const still = svg.replace(/<style[\s\S]*<\/style>\n?/, '').replace(/ (class|pointer-events)="[^"]*"/g, '');
  return `${still.replace('>', '><title>Throughput, TTFT and ITL of the simulated engine against load</title>')}\n`;
}

async function main() {
  const { curve, speed, PRESETS, PUBLISHED, deviations, rootMeanSquare } = await simulation();
  const { settings } = PRESETS[PRESET];
  const points = curve(settings, ALIKE, SHARES);
  printTable(
    ['req/s', 'of capacity', 'tokens/s', 'formula', 'ITL ms', 'formula', 'TTFT p50 ms', 'formula', 'p99'],
    points.map(({ rate, share, simulated: s, formula: f }) => [
      number(rate, 1),
      `${number(100 * share)} %`,
      number(s.throughput),
      number(f.throughput),
      number(s.itl, 1),
      number(f.itl, 1),
      number(s.ttft50),
      number(f.ttft),
      number(s.ttft99),
    ]),
  );
  writeFileSync(join(root, 'docs/engine.svg'), draw(points));

  console.log('\noutput tokens/s against published rows, closed loops');
  printTable(
    ['preset', 'rows', 'root mean square', 'furthest off'],
    Object.keys(PUBLISHED).map((name) => {
      const off = deviations(name);
      const furthest = off.reduce((most, one) => (Math.abs(one) > Math.abs(most) ? one : most));
      return [name, off.length, `${number(100 * rootMeanSquare(off), 1)} %`, `${number(100 * furthest, 1)} %`];
    }),
  );

  console.log('\ntokens a CPU second, without HTTP');
  for (const inFlight of [16, 256]) {
    const rate = speed(settings, ALIKE, inFlight, 5_000_000);
    console.log(`  ${inFlight} in flight: ${number(rate / 1e6, 1)} M`);
  }
}

await main().catch(fail);
