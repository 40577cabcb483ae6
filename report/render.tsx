import { renderToString } from 'preact-render-to-string';
import type { Page } from './page.ts';

/** What is put into the page from dist/report: its charts' code, and its style. */
export interface Assets {
  script: string;
  style: string;
}

/** One HTML file that needs nothing else. */
export function renderPage({ runs: [run] }: Page, _assets: Assets): string {
  return `<!doctype html>${renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>llmload {run.results.run.scenario}</title>
      </head>
      <body>
        <h1>{run.name}</h1>
      </body>
    </html>,
  )}`;
}
