import { once } from 'node:events';
import { type Command, Option } from 'commander';
import {
  ADMIN_FAULTS,
  ENGINE_PARAMETERS,
  FAULTS,
  MOCK_OPTIONS,
  type MockFlags,
  type MockOptionRow,
  type MockOptions,
  mockOptionsFromFlags,
  PRESETS,
  startMock,
} from '../../mock/index.ts';
import { CommandError, EXIT } from './exit.ts';

const ROWS: readonly MockOptionRow[] = MOCK_OPTIONS;

export function addMock(program: Command): void {
  const command = program
    .command('mock')
    .summary('serve a fake LLM backend')
    .description(
      'Serves a fake backend (OpenAI, Ollama), with true times of what it sent at /truth and metrics at /metrics.',
    );
  for (const row of ROWS) command.addOption(optionOf(row));
  command.addHelpText('after', `\nEngines:\n${list(Object.entries(PRESETS).map(([name, { what }]) => [name, what]))}`);
  command.addHelpText('after', `  keys: ${ENGINE_PARAMETERS.map(({ name }) => name).join(', ')}`);
  command.addHelpText('after', `\nFaults:\n${list(FAULTS.map(({ name, help }) => [name, help]))}`);
  const whole = ADMIN_FAULTS.map(({ name, help, default: usual }) => [
    usual === undefined ? name : `${name}[=${usual}]`,
    help,
  ]);
  command.addHelpText('after', `\nFaults of the whole server, one at a time (--admin-port):\n${list(whole)}`);
  command.addHelpText(
    'after',
    `  curl -X PUT -d '{"fault":"slow","value":3}' ADMIN/fault makes it, curl -X DELETE ADMIN/fault undoes it`,
  );
  command.action(mock);
}

const list = (rows: string[][]): string => rows.map(([name = '', help]) => `  ${name.padEnd(22)}${help}`).join('\n');

function optionOf({ name, type, default: usual, choices, help, unit }: MockOptionRow): Option {
  const said = `${help}${typeof usual === 'object' || usual === '' ? '' : ` (${usual}${unit ? ` ${unit}` : ''})`}`;
  const value = choices?.join('|') ?? unit ?? type;
  if (type === 'boolean') return new Option(`--${name} [yes]`, said);
  const option = new Option(`--${name} <${value}>`, said);
  return type === 'models' ? option.argParser((text, before: string[] = []) => [...before, text]) : option;
}

async function mock(flags: MockFlags): Promise<void> {
  const server = await startMock(optionsFrom(flags)).catch((e: Error) => {
    throw new CommandError(e.message);
  });
  const { models, modelOverrides } = server.options;
  const names = [...new Set([...models, ...Object.keys(modelOverrides)])];
  const [model] = names;
  const served = names.length > 1 ? `models ${names.join(', ')}` : `model ${model}`;
  console.log(`mock at ${server.url}, ${served}, true times at ${server.url}/truth; Ctrl-C stops it`);
  console.log(`try: llmload run constant --url ${server.url} --model ${model} --rate 5 --duration 10s`);
  if (server.admin) console.log(`admin at ${server.admin.url}/fault: GET, PUT and DELETE; see llmload mock --help`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await server.close();
}

function optionsFrom(flags: MockFlags): MockOptions {
  try {
    return mockOptionsFromFlags(flags);
  } catch (e) {
    throw new CommandError((e as Error).message, EXIT.badSetting);
  }
}
