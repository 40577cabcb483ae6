import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findPython, PythonMissing } from '../../scripts/real/venv.mjs';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llmload-python-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A command that answers as a Python of `version` would; without venv it fails to import it. */
async function fakePython(name: string, version: string, venv: boolean): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\ncase "$2" in *venv*) exit ${venv ? 0 : 1};; esac\necho ${version}\n`);
  await chmod(path, 0o755);
  return path;
}

test('no Python at all is one line that says what is needed', async () => {
  const missing = findPython(['no-such-python', 'nor-this']);
  await expect(missing).rejects.toThrow(PythonMissing);
  await expect(missing).rejects.toThrow(
    'Python 3.10 or newer with venv and pip is needed: no no-such-python or nor-this on the path',
  );
});

test('a Python that is too old or cannot make environments is named with its reason', async () => {
  const old = await fakePython('old', '3.9', true);
  const bare = await fakePython('bare', '3.12', false);
  await expect(findPython([old, bare])).rejects.toThrow(
    `needed: ${old} is 3.9; ${bare} 3.12 lacks venv or pip (Debian: apt install python3-venv)`,
  );
});

test('the first usable Python is taken', async () => {
  const old = await fakePython('older', '2.7', true);
  const good = await fakePython('good', '3.10', true);
  expect(await findPython([old, good])).toBe(good);
});
