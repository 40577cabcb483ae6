/** How latencies are distributed: which share of the requests was answered within which time. */
import { type Distribution, SHARES } from '../../lib/analysis/charts/charts.ts';
import { loadOf } from '../../lib/analysis/limit/limit.ts';
import type { Results } from '../../lib/results.ts';
import { leadingStep, stepName } from '../steps.ts';
import { type Chart, colourOf, type Series } from './chart.ts';

const METRICS = [
  ['ttft', 'Time to first token', 'requests that had their first token by then'],
  ['itl', 'Time between tokens', 'gaps between tokens that were no longer'],
  ['e2e', 'Time to the last token', 'requests that were answered by then'],
] as const;

/** So many are drawn from the beginning; the legend has the others. */
const DRAWN = 5;

export function distributionCharts(distributions: readonly Distribution[], results: Results): Chart[] {
  const drawn = drawnSteps(results);
  return METRICS.flatMap(([metric, name, reads]): Chart[] => {
    const own = results.steps.flatMap((step) => {
      const found = distributions.find((d) => d.step === step.name && d.metric === metric);
      return found && found.n > 0 ? [{ step, found }] : [];
    });
    const isHidden = (name: string) => own.length > DRAWN && !drawn.has(name);
    // Colours come again after eight: the lines that are drawn at first are all unlike.
    const order = [...own].sort((a, b) => Number(isHidden(a.step.name)) - Number(isHidden(b.step.name)));
    const series = own.map(
      ({ step, found }): Series => ({
        name: stepName(step),
        colour: colourOf(order.findIndex((o) => o.step === step)),
        kind: 'line',
        hidden: isHidden(step.name),
        points: found.values.map((value, i) => [value, SHARES[i] as number]),
      }),
    );
    if (series.length === 0) return [];
    return [
      {
        title: `${name}, distribution`,
        note: `Upwards: the share of the ${reads}.`,
        shared: 'y',
        x: { name, unit: 'ms', log: true },
        y: [{ name: 'share', unit: 'share' }],
        series,
      },
    ];
  });
}

/** Where there are many: the first, what held, what broke, and what judged the SLO. */
function drawnSteps(results: Results): Set<string> {
  const { steps, limit, bench } = results;
  const broken = steps.find((s) => loadOf(s) === limit?.range[1]);
  const names = [steps[0]?.name, leadingStep(results)?.name, broken?.name, bench?.validation, steps.at(-1)?.name];
  return new Set(names.filter((name) => name !== undefined));
}
