import { createHash } from 'node:crypto';
import { renderToString } from 'preact-render-to-string';
import type { Page } from './page.ts';
import { Asked } from './sections/asked.tsx';
import { Audit } from './sections/audit.tsx';
import { Faults } from './sections/chaos.tsx';
import { AgainstLoad, Distributions, Errors, OverTime, Trade } from './sections/charts.tsx';
import { Comparison } from './sections/comparison.tsx';
import { Cost, CostInWords } from './sections/cost.tsx';
import { Doubts } from './sections/doubts.tsx';
import { Drift } from './sections/drift.tsx';
import { Environment } from './sections/environment.tsx';
import { Groups } from './sections/groups.tsx';
import { Head } from './sections/head.tsx';
import { Router } from './sections/router.tsx';
import { Runs } from './sections/runs.tsx';
import { Server } from './sections/server.tsx';
import { Slo } from './sections/slo.tsx';
import { Slowest } from './sections/slowest.tsx';
import { headline } from './verdict.ts';

/** What is put into the page from dist/report: its charts' code, and its style. */
export interface Assets {
  script: string;
  style: string;
}

/** One HTML file that needs nothing else. Only the script that is named by its hash may run in it, and nothing may be fetched. */
export function renderPage({ runs }: Page, assets: Assets): string {
  const [run] = runs;
  const { results } = run;
  const script = assets.script
    .replaceAll('</script', '<\\/script')
    .replaceAll('<!--', '<\\!--')
    .replaceAll('\r\n', '\n');
  const hash = createHash('sha256').update(script).digest('base64');
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>${renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content={policy} />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`llmload ${results.run.scenario}: ${headline(results).head}`}</title>
        <link rel="icon" href="data:," />
        <style dangerouslySetInnerHTML={{ __html: assets.style.replaceAll('</style', '<\\/style') }} />
      </head>
      <body>
        <main>
          <Head results={results} />
          <Slo results={results} />
          <CostInWords results={results} />
          <Doubts results={results} />
          <noscript>
            <p class="quiet">Charts are drawn by JavaScript, which is off here. Their values are in the tables.</p>
          </noscript>
          <Runs runs={runs} />
          <Faults results={results} />
          <Comparison results={results} />
          <Router results={results} />
          <AgainstLoad runs={runs} />
          <Server results={results} />
          <Trade runs={runs} />
          <Cost results={results} />
          <OverTime run={run} />
          <Distributions run={run} />
          <Errors run={run} />
          <Drift results={results} />
          <Groups results={results} />
          <Asked results={results} />
          <Slowest charts={run.charts} steps={results.steps} />
          <Audit results={results} />
          <Environment results={results} />
        </main>
        <script dangerouslySetInnerHTML={{ __html: script }} />
      </body>
    </html>,
  )}`;
}
