import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '../../report/page.ts';
import { renderPage } from '../../report/render.tsx';
import { root } from '../build/root.mjs';
import { CommandError } from '../commands/exit.ts';

/** Writes a page whole, or not at all. @throws CommandError */
export function writePage(path: string, page: Page): void {
  const [script, style] = ['main.js', 'main.css'].map((file) => readFileSync(join(root, 'dist/report', file), 'utf8'));
  const html = renderPage(page, { script: script as string, style: style as string });
  const part = `${path}.${process.pid}`;
  try {
    writeFileSync(part, html);
    renameSync(part, path);
  } catch (e) {
    rmSync(part, { force: true });
    const { code, message } = e as NodeJS.ErrnoException;
    const why = { ENOENT: 'there is no such folder', EISDIR: 'it is a folder', EACCES: 'permission denied' }[
      code ?? ''
    ];
    throw new CommandError(`${path} cannot be written: ${why ?? message}`);
  }
}
