/** A user's script keeps its import lines from the jslib's address, and its bundle fetches nothing. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { forK6 } from '../../build.mjs';
import { folderFor, runScript } from './run.ts';

const SCRIPT = `
import { randomIntBetween, uuidv4 } from 'https://jslib.k6.io/k6-utils/1.4.0/index.js';
export default function () {
  console.log('uuid ' + uuidv4() + ' int ' + randomIntBetween(7, 7));
}`;

test('imports of the k6-utils address are ours, bundled', async () => {
  const folder = folderFor();
  const [entry, bundle] = [join(folder, 'user.ts'), join(folder, 'user.js')];
  writeFileSync(entry, SCRIPT);
  await build({ ...forK6, entryPoints: [entry], outfile: bundle });
  expect(readFileSync(bundle, 'utf8')).not.toMatch(/from\s*["']https?:/);
  const { code, output } = await runScript(bundle, folder);
  expect(code).toBe(0);
  expect(output).toMatch(/uuid [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{17,} int 7/);
});
