import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { goBuild } from '../../scripts/build/k6.mjs';
import { withV2 } from '../../scripts/build/k6-v2.mjs';
import { withProgress } from '../../scripts/build/progress.mjs';
import { root } from '../../scripts/build/root.mjs';
import { filesUnder, hashOfContents, hashOfTimes } from '../../scripts/build/stamp.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmload-build-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('Go', () => {
  /** What goEnvironment makes of a `go` that says this; undefined: there is none. */
  async function withGo(says: string | undefined, env: Record<string, string> = {}): Promise<string> {
    if (says !== undefined) {
      writeFileSync(join(folder, 'go'), `#!/bin/sh\necho '${says}'\n`);
      chmodSync(join(folder, 'go'), 0o755);
    }
    const script = `const { goEnvironment } = await import(${JSON.stringify(join(root, 'scripts/build/k6.mjs'))});
      console.log(await goEnvironment().then((e) => 'toolchain ' + e.GOTOOLCHAIN, (e) => e.name + ': ' + e.message));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: folder, ...env },
    });
    return stdout.trim();
  }

  test('missing, or too old to fetch a newer one: one line that says what to do', async () => {
    expect(await withGo(undefined)).toMatch(/^BuildError: Go is not installed.*https:\/\/go.dev\/dl$/);
    expect(await withGo('go1.19.8')).toMatch(/^BuildError: Go 1.19 is too old.*install Go 1.25 or newer.*$/);
  });

  test('older than k6 wants: it may fetch the toolchain, unless the user says no', async () => {
    expect(await withGo('go1.22.1')).toBe('toolchain auto');
    expect(await withGo('go1.22.1', { GOTOOLCHAIN: 'local' })).toBe('toolchain local');
  });

  test('new enough: as it is', async () => {
    expect(await withGo('go1.26.0')).toBe('toolchain undefined');
  });
});

describe('k6', () => {
  /** The message of a build whose `go` says this and fails. */
  const failing = (...lines: string[]) => {
    const go = join(folder, 'go');
    writeFileSync(go, `#!/bin/sh\ncat <<'E'\n${lines.join('\n')}\nE\nexit 1\n`);
    chmodSync(go, 0o755);
    const env = { PATH: `${folder}:${process.env.PATH}` };
    return goBuild(join(folder, 'k6'), env).catch((error: Error) => `${error.name}: ${error.message}`);
  };

  test('modules that cannot be had: the first of many lines', async () => {
    const lines = ['a.go:6:2: k6@v2.2.0: Get "https://x": refused', 'b/c.go:12:2: k6@v2.2.0: Get "https://x": refused'];
    expect(await failing('go: downloading k6 v2.2.0', ...lines)).toBe(
      'BuildError: k6 cannot be built (go build: exit 1): k6@v2.2.0: Get "https://x": refused',
    );
  });

  test('what does not compile: all of it', async () => {
    const lines = ['# llmload/module', 'module/a.go:6:2: undefined: x', 'module/a.go:7:2: undefined: y'];
    expect(await failing(...lines)).toContain(lines.join('\n'));
  });

  test('k6 v2: imports of k6, and nothing else, are shown to Go as those of v2', async () => {
    const [go, other] = [join(folder, 'a.go'), join(folder, 'b.go')];
    writeFileSync(go, 'import (\n\t"go.k6.io/k6/cmd"\n\t"github.com/x/k6/cmd"\n)\n');
    writeFileSync(other, 'package b\n');
    const shown = await withV2(folder, async ([modfile, overlay]) => {
      expect(modfile).toBe('-modfile=v2.mod');
      const { Replace } = JSON.parse(readFileSync(String(overlay).replace('-overlay=', ''), 'utf8'));
      expect(Object.keys(Replace)).toEqual([go]);
      return { copy: Replace[go], text: readFileSync(Replace[go], 'utf8') };
    });
    expect(shown.text).toBe('import (\n\t"go.k6.io/k6/v2/cmd"\n\t"github.com/x/k6/cmd"\n)\n');
    expect(existsSync(shown.copy)).toBe(false);
  });
});

describe('stamps', () => {
  test('of contents: a byte changes them, a touch does not', () => {
    const file = join(folder, 'a.go');
    writeFileSync(file, 'one');
    const before = hashOfContents([file], '1.0');
    utimesSync(file, 1, 1);
    expect(hashOfContents([file], '1.0')).toBe(before);
    expect(hashOfContents([file], '1.1')).not.toBe(before);
    writeFileSync(file, 'two');
    expect(hashOfContents([file], '1.0')).not.toBe(before);
  });

  test('of times: a write, a new file and one that is gone change them', () => {
    const [a, b] = [join(folder, 'a.ts'), join(folder, 'b.ts')];
    writeFileSync(a, 'x');
    const hash = () => hashOfTimes(filesUnder([folder]));
    const first = hash();
    expect(hash()).toBe(first);
    writeFileSync(b, 'y');
    const second = hash();
    expect(second).not.toBe(first);
    rmSync(b);
    expect(hash()).toBe(first);
    utimesSync(a, 5, 5);
    expect(hash()).not.toBe(first);
  });
});

describe('progress', () => {
  const out = (isTTY: boolean) => {
    const written: string[] = [];
    return { isTTY, written, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream & {
      written: string[];
    };
  };

  test('plain output: a line at the start, some on the way, one at the end', async () => {
    const stream = out(false);
    let finish = (_: number): void => {};
    const work = new Promise<number>((resolve) => {
      finish = resolve;
    });
    const done = withProgress('building', work, { stream, every: 1 });
    while (stream.written.length < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    finish(7);
    expect(await done).toBe(7);
    expect(stream.written[0]).toBe('building …\n');
    expect(stream.written[1]).toBe('building … 0 s\n');
    expect(stream.written.at(-1)).toBe('building: done in 0 s\n');
  });

  test('a terminal: one line, rewritten', async () => {
    const stream = out(true);
    await withProgress('building', Promise.resolve(), { stream });
    expect(stream.written).toEqual(['\r\x1b[Kbuilding … 0 s', '\r\x1b[Kbuilding: done in 0 s\n']);
  });

  test('a failure is passed on', async () => {
    await expect(withProgress('x', Promise.reject(new Error('no')), { stream: out(false) })).rejects.toThrow('no');
  });
});
