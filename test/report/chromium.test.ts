import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { ChromiumMissing, findChromium } from '../../scripts/real/chromium.mjs';

afterEach(() => vi.unstubAllEnvs());

it('takes the Chromium that is named, else one on the path', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmload-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'chromium');
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  vi.stubEnv('PATH', folder);
  vi.stubEnv('CHROMIUM', '');
  expect(await findChromium()).toBe(path);
  vi.stubEnv('CHROMIUM', '/opt/chrome');
  expect(await findChromium()).toBe('/opt/chrome');
});

it('says how to get one', async () => {
  vi.stubEnv('PATH', '');
  vi.stubEnv('CHROMIUM', '');
  vi.stubEnv('CI', '');
  await expect(findChromium()).rejects.toThrow(ChromiumMissing);
  await expect(findChromium()).rejects.toThrow(/CHROMIUM=.*apt install chromium/);
});
