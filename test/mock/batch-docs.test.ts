import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PRESETS } from '../../mock/batch/presets.ts';
import { ENGINE_PARAMETERS } from '../../mock/engine-spec.ts';

const text = readFileSync(new URL('../../docs/engine.md', import.meta.url), 'utf8');

it.each(Object.entries(PRESETS))('docs/engine.md has the figures of %s', (name, { what, settings: s }) => {
  const { maxSequences, tokenBudget, kvTokens, baseMs, sequenceMs, prefillTokenMs, contextTokenMs } = s;
  const figures = [maxSequences, tokenBudget, kvTokens, baseMs, sequenceMs, prefillTokenMs, contextTokenMs];
  expect(text).toContain(`\n| \`${name}\` | ${what} | ${figures.join(' | ')} |\n`);
  expect(s).toMatchObject({ blockTokens: 16, prefixCache: true });
});

it('docs/engine.md says what each parameter is', () => {
  for (const { name } of ENGINE_PARAMETERS) expect(text).toMatch(new RegExp(`\\n\\| \`${name}\` \\|`));
});
