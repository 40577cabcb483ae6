/** What the VUs that carry the load evaluate of a bundle, which is what they cost in memory; and that what they pass over works. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/build/root.mjs';
import { runScenario } from './run.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

test.each(readdirSync(join(root, 'dist')).filter((file) => file.endsWith('.js')))(
  '%s: what judges, reports and reads settings is for the first VU only',
  (file) => {
    const modules = [...read(`dist/${file}`).matchAll(/^\/\/ (\S+\.ts)$/gm)].map(([, path]) => path);
    expect(modules).toContain('lib/client/outcome.ts');
    expect(modules.filter((path) => /^(lib\/(analysis|report)|thresholds)\//.test(path ?? ''))).toEqual(
      file === 'replay.js' ? ['lib/analysis/audit/trace.ts'] : [],
    );
  },
);

test('a stack trace through such a module names its line of TypeScript', async () => {
  const { code, output } = await runScenario('blast', { BASE_URL: '127.0.0.1:9', CONCURRENCY: 'many' });
  expect(code).toBe(107);
  const [, line] = /at parseSetting \(file:\S+\/lib\/settings\/parse\.ts:(\d+):/.exec(output) ?? [];
  expect(read('lib/settings/parse.ts').split('\n')[Number(line) - 1]).toContain('throw new SettingsError(shownName');
});
