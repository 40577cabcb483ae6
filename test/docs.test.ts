/** README.md and docs: what they link to, name and show is there. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { expect, test } from 'vitest';
import { metrics } from '../lib/metrics.ts';
import { parseSettings } from '../lib/settings/settings.ts';
import { SETTING_NAMES, setting } from '../lib/settings/table.ts';
import { root } from '../scripts/build/root.mjs';
import { withJsonFile } from '../scripts/commands/json-flag.ts';
import { program } from '../scripts/commands/program.ts';
import { SCENARIOS } from '../scripts/commands/run.ts';
import { givenBy } from '../scripts/commands/settings.ts';
import { PROFILES } from '../thresholds/profiles.ts';
import { parseSlo } from '../thresholds/slo.ts';
import { anchorsOf, commandsOf, linksOf, npmScriptsOf, PAGES, scriptsFor, textOf } from './pages.ts';

const scenarios = readdirSync(join(root, 'scenarios')).map((file) => file.replace(/\.ts$/, ''));

/** What each page has of something, once. */
const onEachPage = <T>(of: (page: string) => readonly T[]) =>
  PAGES.flatMap((page) => [...new Map(of(page).map((item) => [JSON.stringify(item), { page, item }])).values()]);

test.each(onEachPage(linksOf))('$page links to $item', ({ page, item }) => {
  const [path = '', anchor] = item.split('#');
  const target = path ? join(dirname(page), path) : page;
  expect(existsSync(join(root, target))).toBe(true);
  if (anchor !== undefined) expect(anchorsOf(target)).toContain(anchor);
});

test.each(onEachPage(npmScriptsOf))('$page: npm run $item', ({ page, item }) => {
  expect(scriptsFor(page)).toContain(item);
});

const commands = onEachPage(commandsOf).map(({ page, item }) => ({ page, ...item, line: item.words.join(' ') }));

const named = (these: typeof commands) => these.map((one) => [one.page, one.line, one] as const);

test.each(named(commands.filter(({ line }) => /^llmload [^…]/.test(line))))(
  '%s: %s',
  (_page, _line, { words, whole }) => parses(words.slice(1), whole),
);

const ours = commands.filter(({ line }) => /^(bin\/)?k6 run .*\bdist\/\S+\.js\b/.test(line));
test.each(named(ours.filter(({ page }) => !page.startsWith('examples'))))('%s: %s', (_page, _line, { words }) => {
  expect(scenarios).toContain(basename(words.find((word) => word.endsWith('.js')) as string, '.js'));
  expect(SETTING_NAMES).toEqual(expect.arrayContaining(words.flatMap(nameGiven)));
});

/** The setting of `-e NAME=value`. */
const nameGiven = (word: string, i: number, words: readonly string[]): string[] => {
  const [, name = ''] = (words[i - 1] === '-e' && /^(\w+)=/.exec(word)) || [];
  return name ? [SETTING_NAMES.find((each) => name === each || name === setting(each).alias) ?? name] : [];
};

/** What prose leaves out. */
const MENTIONED = ['commander.missingArgument', 'commander.optionMissingArgument'];

/** The command's own definitions take it, and its settings are allowed. `…` stands for what the reader knows. */
async function parses(words: readonly string[], isWhole: boolean): Promise<void> {
  const whole = words.flatMap((word, i) => (word !== '…' ? [word] : words[i - 1]?.startsWith('--') ? ['any'] : []));
  const command = await program(whole[0]);
  for (const one of [command, ...command.commands])
    one.action(() => {}).configureOutput({ writeOut: () => {}, writeErr: () => {} });
  try {
    command.parse(withJsonFile(whole), { from: 'user' });
  } catch (e) {
    const fine = ['commander.helpDisplayed', ...(isWhole ? [] : MENTIONED)];
    if (e instanceof CommanderError && fine.includes(e.code)) return;
    throw e;
  }
  const sub = command.commands.find((each) => each.name() === whole[0]) as Command;
  if (sub.name() === 'run') expect(Object.keys(SCENARIOS)).toContain(sub.args[0]);
  const { url, ...options } = sub.opts(); // of `ab` and `probe` it is no setting
  const given = givenBy(typeof url === 'string' ? { url, ...options } : options);
  const { slo } = parseSettings(given, {
    ...Object.fromEntries(Object.keys(given).map((name) => [name, true as const])),
    SLO: true,
  });
  parseSlo(slo);
}

test('there is something to check', () => {
  expect(commands.filter(({ words }) => words[0] === 'llmload').length).toBeGreaterThan(60);
  expect(onEachPage(linksOf).length).toBeGreaterThan(60);
});

test('README has every command and every scenario', async () => {
  const readme = textOf('README.md');
  for (const command of (await program()).commands) expect(readme).toContain(`\`${command.name()}\``);
  for (const name of scenarios.filter((each) => each !== 'probe'))
    for (const page of [readme, textOf('docs/scenarios.md')]) expect(page).toContain(`\n| \`${name}\` | `);
});

test("README's figures are lines of docs/figures.md", () => {
  const told = [...textOf('README.md').matchAll(/^\| .* \| `npm run bench:\w+` \|$/gm)].map(([line]) => line);
  expect(told.length).toBeGreaterThan(4);
  for (const line of told) expect(textOf('docs/figures.md').split('\n')).toContain(line);
});

test('docs/measuring.md has every metric', () => {
  const rows = Object.entries(metrics()).map(
    ([name, { kind, unit, help }]) => `| \`${name}\` | ${kind} | ${unit} | ${help} |`,
  );
  expect(textOf('docs/measuring.md')).toContain(`|---|---|---|---|\n${rows.join('\n')}\n\n`);
});

test('docs/slo.md has every profile', () => {
  const rows = Object.entries(PROFILES).map(
    ([name, terms]) => `| \`${name}\` | ${terms.map((t) => `\`${t}\``).join(', ')} |`,
  );
  expect(textOf('docs/slo.md')).toContain(`|---|---|\n${rows.join('\n')}\n\n`);
});
