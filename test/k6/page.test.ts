/** report.html of real runs, in a real browser. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Results } from '../../lib/results.ts';
import { findChromium, startChromium } from '../../scripts/real/chromium.mjs';
import { brokenRun, explainedRun, LINES, START, STEPS, suiteRun } from '../report/explained.ts';
import { folderOf, mockOf, type Own } from './own.ts';
import { folderFor, runCommand } from './run.ts';

const missing = await findChromium().then(
  () => undefined,
  (error: Error) => error.message,
);
const skip = missing !== undefined && !process.env.CI; // CI must have one: there the start below fails
if (skip) console.warn(`test/k6/page is skipped: ${missing}`);

/** 4 answers at a time, 60 ms each: 66 a second. Its name would be markup. */
const MODEL = '</script><img src=x onerror=alert(1)>';
const SERVER = { models: [MODEL], slots: 4, queue: 8, ttftMs: 20, tokenMs: 10, tokens: 5 };
const LEVELS = ['saturation', '--rates', '20,40,90', '--baseline', '10', '--duration', '2s', '--warmup', '0s'];
const STEADY = ['constant', '--rate', '20', '--duration', '2s', '--warmup', '0s', '--slo', 'errors<50%'];

/** The page of a run of its own. */
async function pageOf(own: Own, args: readonly string[]): Promise<string> {
  const mock = await mockOf(own, SERVER);
  const cwd = folderOf(own);
  const run = await runCommand(['run', ...args, '--url', mock.url], {}, cwd);
  const [folder = ''] = readdirSync(join(cwd, 'runs'));
  const path = join(cwd, 'runs', folder, 'report.html');
  expect(readdirSync(join(cwd, 'runs', folder)), run.output).toContain('report.html');
  return pathToFileURL(path).href;
}

/** The page of results that were saved, and of records beside them. */
async function pageOfSaved(results: Results, records: readonly object[] = []): Promise<string> {
  const cwd = folderFor();
  writeFileSync(join(cwd, 'results.json'), JSON.stringify(results));
  if (records.length > 0)
    writeFileSync(join(cwd, 'records.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const run = await runCommand(['report', cwd, '--html', 'report.html'], {}, cwd);
  expect(readdirSync(cwd), run.output).toContain('report.html');
  return pathToFileURL(join(cwd, 'report.html')).href;
}

const LOOKS = [
  { colorScheme: 'light' },
  { colorScheme: 'dark' },
  { colorScheme: 'light', viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
] as const;

describe.skipIf(skip)('report.html in Chromium', () => {
  let browser: Browser;
  /** The pages of two runs, which tests look at from several sides. */
  let [levels, steady] = ['', ''];
  const after: (() => unknown)[] = [];
  beforeAll(async () => {
    const own: Own = { onTestFinished: (end) => void after.push(end as () => unknown) };
    browser = await startChromium();
    levels = await pageOf(own, LEVELS);
    steady = await pageOf(own, STEADY);
  });
  afterAll(async () => {
    await browser?.close();
    for (const end of after) await end();
  });

  /** Opens it, and hears all that it says and asks for. */
  async function opened(url: string, options: BrowserContextOptions = {}) {
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    context.setDefaultTimeout(0); // the test's own
    const page = await context.newPage();
    const said: string[] = [];
    const asked: string[] = [];
    page.on('console', (m) => ['error', 'warning'].includes(m.type()) && said.push(m.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('dialog', (dialog) => said.push(`dialog ${dialog.message()}`));
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(url);
    await drawn(page);
    return { page, said, asked };
  }

  /** Every chart has lines. */
  const drawn = (page: Page) =>
    page.waitForFunction(() =>
      [...document.querySelectorAll('.chart')].every((chart) => chart.querySelectorAll('svg path').length > 0),
    );

  const size = (page: Page) => page.evaluate(() => [document.documentElement.scrollWidth, innerWidth] as const);
  const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test('light, dark, on a phone: drawn, silent, alone, and no wider than the screen', async () => {
    const grounds: string[] = [];
    for (const options of LOOKS) {
      const { page, said, asked } = await opened(levels, options);
      expect(said).toEqual([]);
      expect(asked.filter((a) => !a.startsWith('data:'))).toEqual([levels]);
      expect(await page.locator('.chart').count()).toBeGreaterThanOrEqual(8);
      const [content, width] = await size(page);
      expect(content).toBeLessThanOrEqual(width);
      grounds.push(await ground(page));
    }
    expect(grounds[1]).not.toBe(grounds[0]);
    expect(grounds[2]).toBe(grounds[0]);
  });

  test('what the server said, and faults: drawn, silent, no wider than the screen, open on paper', async () => {
    const evil = { fault: MODEL, why: MODEL, looksLike: MODEL };
    const { results } = brokenRun(evil);
    const header = { llmload: 1, kind: 'run', run: results.run.id, started: new Date(START).toISOString() };
    const records = [{ ...header, driver: 'native', scenario: 'chaos', settings: {}, steps: STEPS }, ...LINES];
    const marks = ['injected', 'restored', 'detected', 'recovered'];
    const pages: [url: string, section: string, marks: readonly string[]][] = [
      [await pageOfSaved(results, records), '#time', marks],
      [await pageOfSaved(suiteRun().results), '#chaos', []],
      [await pageOfSaved(explainedRun({ loads: [2, 6, 10, 14, 18] }).results), '#server', ['limit', 'TTFT p99']],
    ];
    for (const [url, section, drawnThere] of pages)
      for (const options of LOOKS) {
        const { page, said, asked } = await opened(url, options);
        const texts = await page.locator(`${section} figure:first-child svg text`).allTextContents();
        expect(texts).toEqual(expect.arrayContaining([...drawnThere]));
        const [content, width] = await size(page);
        expect(content).toBeLessThanOrEqual(width);
        if (options.colorScheme === 'dark') {
          await page.emulateMedia({ media: 'print' });
          await page.waitForFunction(() => !document.querySelector('details:not([open])'));
          await drawn(page);
        }
        expect(await page.locator('img').count()).toBe(0);
        expect(said).toEqual([]);
        expect(asked.filter((a) => !a.startsWith('data:'))).toEqual([url]);
      }
  });

  test('a pointer on a chart shows values that the table has, names as they are', async () => {
    const { page, said } = await opened(levels);
    const figure = page.locator('#latency figure').first();
    await figure.scrollIntoViewIfNeeded();
    const box = await figure.locator('.chart').boundingBox();
    if (!box) throw new Error('no chart');
    await page.mouse.move(box.x + box.width * 0.9, box.y + box.height / 2);
    const tip = figure.locator('.tip');
    await tip.waitFor();
    expect(await tip.locator('strong').textContent()).toBe('90 req/s');
    const names = await tip.locator('span').allTextContents();
    expect(names).toEqual(['p99', 'p90', 'p50']);
    const last = figure.locator('tbody tr').last();
    const inTable = Number(await last.locator('td').first().textContent());
    const [value = '', unit] = (await tip.locator('b').first().textContent())?.split(' ') ?? [];
    expect(Number(value) * (unit === 's' ? 1000 : 1)).toBeCloseTo(inTable, unit === 's' ? -2 : -1);
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('header').textContent()).toContain(MODEL);
    expect(said).toEqual([]);
  });

  test('goes dark with the system, and onto paper light and open', async () => {
    const { page, said } = await opened(steady, { colorScheme: 'light' });
    const ink = () => page.evaluate(() => document.querySelector('.chart svg text')?.getAttribute('fill'));
    const light = await ink();
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.waitForFunction(
      (before) => document.querySelector('.chart svg text')?.getAttribute('fill') !== before,
      light,
    );
    const closed = () => page.locator('details:not([open])').count();
    expect(await closed()).toBeGreaterThan(0);
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    await page.waitForFunction(() => !document.querySelector('details:not([open])'));
    await drawn(page);
    expect(await ink()).toBe(light);
    await page.emulateMedia({ colorScheme: 'dark', media: 'screen' });
    await page.waitForFunction(
      (before) => document.querySelector('.chart svg text')?.getAttribute('fill') !== before,
      light,
    );
    expect(await closed()).toBeGreaterThan(0);
    expect(said).toEqual([]);
  });

  test('without JavaScript the values are there, and why the charts are not', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(steady);
    expect(await page.locator('noscript').innerText()).toContain('JavaScript');
    const values = page.locator('figure details').first();
    await values.locator('summary').click();
    expect(await values.locator('tbody tr').count()).toBeGreaterThan(0);
  });
});
