import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { METRICS, SIGNAL_NAMES, SIGNALS } from '../../lib/analysis/server/catalogue.ts';

const text = readFileSync(new URL('../../docs/analyze.md', import.meta.url), 'utf8');

/** The table of docs/analyze.md. */
const rows = SIGNAL_NAMES.flatMap((name) =>
  METRICS.filter(({ signal }) => signal === name).map(({ source, metric }) => {
    const { unit, over } = SIGNALS[name];
    return `| \`${name}\` | ${unit} | ${over === 'sum' ? 'added' : 'fullest'} | ${source} | \`${metric}\` |`;
  }),
);

it('docs/analyze.md has the catalogue', () => expect(text).toContain(`|---|---|---|---|---|\n${rows.join('\n')}\n\n`));
