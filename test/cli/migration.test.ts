/** docs/migration.md: every flag and value that it names for llmload is one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { parseSettings } from '../../lib/settings/settings.ts';
import { root } from '../../scripts/build/root.mjs';
import { addProbe } from '../../scripts/commands/probe.ts';
import { addReport } from '../../scripts/commands/report.ts';
import { addRun, SCENARIOS } from '../../scripts/commands/run.ts';
import { addSaturate } from '../../scripts/commands/saturate.ts';
import { givenBy } from '../../scripts/commands/settings.ts';
import { parseSlo } from '../../thresholds/slo.ts';

const text = readFileSync(join(root, 'docs/migration.md'), 'utf8');

/** The second columns, whole commands wherever they stand, and those in code. */
const told = [
  ...text.split('\n').flatMap((line) => {
    const cell = /^\| .*? \|( .*? )\|/.exec(line)?.[1] ?? '';
    return [...cell.matchAll(/`([^`]+)`/g)];
  }),
  ...text.matchAll(/`(run [^`]*)`/g),
  ...text.matchAll(/^npx llmload (.*)$/gm),
].map(([, code]) => code as string);

/** A command line's words, as a shell has them. */
const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? (plain as string));

function program(): Command {
  const command = new Command('llmload').exitOverride().configureOutput({ outputError: () => {} });
  for (const add of [addRun, addSaturate, addProbe, addReport]) add(command);
  for (const sub of command.commands) sub.copyInheritedSettings(command).action(() => {});
  return command;
}

test('there are many', () => {
  expect(told.length).toBeGreaterThan(60);
});

test.each([...new Set(told)])('llmload %s', (line) => {
  const whole = line.startsWith('--') ? ['run', 'blast', ...words(line)] : words(line);
  const command = program();
  command.parse(whole, { from: 'user' });
  const sub = command.commands.find((each) => each.name() === whole[0]) as Command;
  if (sub.name() === 'run') expect(Object.keys(SCENARIOS)).toContain(sub.args[0]);
  const given = givenBy(sub.opts());
  const all = Object.fromEntries(Object.keys(given).map((name) => [name, true as const]));
  const { slo } = parseSettings(given, { ...all, SLO: true });
  expect(() => parseSlo(slo)).not.toThrow();
});
