import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '../../report/page.ts';
import { renderPage } from '../../report/render.tsx';
import { root } from '../build/root.mjs';

/** Writes a page whole, or not at all. */
export function writePage(path: string, page: Page): void {
  const [script, style] = ['main.js', 'main.css'].map((file) => readFileSync(join(root, 'dist/report', file), 'utf8'));
  const part = `${path}.${process.pid}`;
  writeFileSync(part, renderPage(page, { script: script as string, style: style as string }));
  renameSync(part, path);
}
