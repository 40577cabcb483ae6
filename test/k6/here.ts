/** The built command in the test's own process: for what stops before any load. One of its own costs half a second of CPU. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, Script } from 'node:vm';
import { onTestFinished, vi } from 'vitest';
import { root } from '../../scripts/build/root.mjs';
import { type Ended, environment, folderFor } from './run.ts';

const built = pathToFileURL(join(root, 'dist/node/llmload.js')).href;
/** Node's own import, past vitest's: of what users have, not of sources. */
const evaluated: (url: string) => Promise<unknown> = new Script('(url) => import(url)', {
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
}).runInThisContext();
let runs = 0;

/** Not beside another test of its file: arguments, environment, folder and output are the process's own. */
export async function runHere(
  args: readonly string[],
  settings: Parameters<typeof environment>[0] = {},
  cwd: string = folderFor(),
): Promise<Ended> {
  const before = { argv: process.argv, env: process.env, cwd: process.cwd(), code: process.exitCode };
  const streams = [process.stdout, process.stderr];
  const said = ['', ''];
  const listeners = streams.map((stream) => stream.listeners('error'));
  const spies = streams.map((stream, k) =>
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said[k] = `${said[k]}${text}`;
      return true;
    }),
  );
  spies.push(
    vi.spyOn(console, 'error').mockImplementation((text) => {
      said[1] = `${said[1]}${text}\n`;
    }) as never,
  );
  const restore = () => {
    for (const spy of spies) spy.mockRestore();
    streams.forEach((stream, k) => {
      for (const listener of stream.listeners('error'))
        if (!listeners[k]?.includes(listener)) stream.off('error', listener as () => void);
    });
    process.argv = before.argv;
    process.env = before.env;
    process.exitCode = before.code;
    process.chdir(before.cwd);
  };
  onTestFinished(restore); // of a test whose time is up
  process.argv = [process.execPath, 'llmload', ...args];
  process.env = { ...environment(settings), PWD: cwd };
  process.exitCode = undefined;
  process.chdir(cwd);
  try {
    runs += 1;
    await evaluated(`${built}?run=${runs}`);
    const [stdout = '', stderr = ''] = said;
    return { code: Number(process.exitCode ?? 0), stdout, stderr, output: stdout + stderr };
  } finally {
    restore();
  }
}
