/** docs/migration.md: its whole commands, and the data sets of `vllm bench serve`, sent in small. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../scripts/build/root.mjs';
import { folderFor, mockFor, runCommand } from './run.ts';

const text = readFileSync(join(root, 'docs/migration.md'), 'utf8');
const commands = [...text.matchAll(/^npx llmload (.*)$/gm)].map(([, line]) =>
  [...(line as string).matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? (plain as string)),
);

/** Of a flag that comes twice the last one counts. */
const SMALL: Record<string, string[]> = {
  constant: ['--rate', '10', '--duration', '1s', '--vus', '10'],
  ramp: ['--concurrency', '2', '--ramp-up', '300ms', '--hold', '1s', '--ramp-down', '300ms'],
  blast: ['--requests', '10', '--concurrency', '2'],
  replay: ['--speed', '100000'],
};

async function small(words: readonly string[], cwd?: string) {
  const mock = await mockFor({ models: ['small'] });
  const scenario = words[1] as string;
  const own = ['--url', mock.url, '--model', 'small', '--warmup', '0s', ...(SMALL[scenario] as string[])];
  const run = await runCommand([...words, ...own], {}, cwd);
  expect(run.code, run.output).toBe(0);
  expect(run.output).not.toMatch(/does not read it|did you mean/);
  return mock.truth().length;
}

test('the commands', async () => {
  expect(commands.length).toBeGreaterThanOrEqual(2);
  for (const words of commands) await small(words);
});

test('data sets of vllm bench serve', async () => {
  const cwd = folderFor();
  const write = (name: string, content: string) => writeFileSync(join(cwd, name), content);
  const turns = [
    { from: 'human', value: 'How long is a day on Mars?' },
    { from: 'gpt', value: 'A little over 24 hours and 39 minutes.' },
  ];
  write('sharegpt.json', JSON.stringify([{ id: 'a', conversations: turns }]));
  write('custom.jsonl', '{"prompt": "What is the capital of India?"}\n{"prompt": "And of Iran?"}\n');
  write(
    'burstgpt.csv',
    'Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n5,small,472,18,490,Conversation log\n45,small,20,3,23,API log\n',
  );
  expect(await small(['run', 'blast', '--prompts-file', 'sharegpt.json'], cwd)).toBeGreaterThanOrEqual(10);
  expect(await small(['run', 'blast', '--prompts-file', 'custom.jsonl'], cwd)).toBeGreaterThanOrEqual(10);
  expect(await small(['run', 'replay', '--trace', 'burstgpt.csv'], cwd)).toBeGreaterThanOrEqual(2);
});
