// npm run screenshots [-- FOLDER]: the pictures of docs/, of the report of a saved run; without a folder of the last one.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { exec } from './build/exec.mjs';
import { root } from './build/root.mjs';
import { startChromium } from './real/chromium.mjs';

const PRICE = ['--gpus', '1', '--price', '2.50', '--load', '60 req/s'];
const DESK = { width: 1200, height: 1180 };

const PICTURES = {
  light: { colorScheme: 'light', viewport: DESK },
  dark: { colorScheme: 'dark', viewport: DESK },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 },
};

async function take(folder) {
  const page = join(root, 'docs', 'report.html');
  const llmload = join(root, 'scripts/llmload.mjs');
  const { code, output } = await exec(process.execPath, [llmload, 'report', folder, '--html', page, ...PRICE]);
  try {
    if (code !== 0 && code !== 99) throw new Error(output.trim().split('\n').at(-1));
    const browser = await startChromium();
    for (const [name, options] of Object.entries(PICTURES)) {
      const context = await browser.newContext(options);
      const tab = await context.newPage();
      await tab.goto(pathToFileURL(page).href);
      const path = join(root, 'docs', `report-${name}.png`);
      await tab.screenshot({ path });
      console.log(path);
    }
    await browser.close();
  } finally {
    rmSync(page, { force: true });
  }
}

try {
  await take(process.argv[2] ?? 'last');
} catch (error) {
  console.error(`screenshots: ${error.message}`);
  process.exitCode = 1;
}
