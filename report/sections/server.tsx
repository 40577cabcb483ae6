import type { Correlation, ServerResult, ServerStep } from '../../lib/analysis/server/result.ts';
import { BOTTLENECKS, serverTables, serverWords, sourcesText, titleOf } from '../../lib/report/server.ts';
import type { Results } from '../../lib/results.ts';
import { serverCharts } from '../charts/server.ts';
import { Figure } from '../parts/figure.tsx';
import { Section } from '../parts/section.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { inWords, nameOfStep } from '../steps.ts';
import { upper } from '../verdict.ts';

/** What the server's own metrics say: the bottleneck, its signals against load, and all of them in tables. */
export function Server({ results }: { results: Results }) {
  const { server, steps } = results;
  if (!server) return null;
  const words = serverWords(server).map((line) => upper(inWords(steps, line)));
  const charts = serverCharts(results);
  return (
    <Section id="server" title="The server by its own metrics">
      <p class="lead">{words.at(-1)}</p>
      {charts.length > 0 && (
        <div class="charts">
          {charts.map((chart) => (
            <Figure key={chart.title} chart={chart} />
          ))}
        </div>
      )}
      {serverTables(server).map(([first, ...columns], k) => (
        <Table
          key={k}
          caption={`Metrics of the server by step, ${k + 1}`}
          rows={server.steps}
          columns={[
            { head: first?.head ?? '', left: true, cell: ({ step }) => nameOfStep(steps, step) },
            ...columns,
            ...(k === 0 ? [bottleneck] : []),
          ]}
        />
      ))}
      <ul class="notes">
        {[...words.slice(0, -1), upper(sourcesText(server))].map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      <Together server={server} />
    </Section>
  );
}

const bottleneck: Column<ServerStep> = {
  head: 'bottleneck',
  left: true,
  cell: ({ bottleneck: found }) => (found ? BOTTLENECKS[found.kind] : '–'),
};

/** The weak ones too. */
function Together({ server: { correlations } }: { server: ServerResult }) {
  if (correlations.length === 0) return null;
  const rho = (signal: string, latency: Correlation['latency']): string => {
    const found = correlations.find((c) => c.signal === signal && c.latency === latency);
    return found ? `${found.rho < 0 ? '−' : '+'}${Math.abs(found.rho).toFixed(2)}` : '–';
  };
  return (
    <details>
      <summary>What goes with latency</summary>
      <Table
        caption="Spearman's rank correlation of signals with latency over the steps"
        rows={[...new Set(correlations.map(({ signal }) => signal))]}
        columns={[
          { head: 'signal', left: true, cell: titleOf },
          { head: 'TTFT p99', cell: (signal) => rho(signal, 'ttft.p99') },
          { head: 'ITL p99', cell: (signal) => rho(signal, 'itl.p99') },
        ]}
      />
      <p class="note">
        Spearman's rank correlation over {correlations[0]?.n} steps: +1 where both rise together. It is no cause:
        everything rises with load.
      </p>
    </details>
  );
}
