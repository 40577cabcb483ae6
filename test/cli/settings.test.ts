import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { SETTING_NAMES } from '../../lib/settings/table.ts';
import { CommandError, EXIT } from '../../scripts/commands/exit.ts';
import { withJsonFile } from '../../scripts/commands/json-flag.ts';
import { addSettings, checkEnvironment, type Given, givenBy } from '../../scripts/commands/settings.ts';

/** The settings that a command line gives. */
function given(...args: string[]): Given {
  let found: Given = {};
  const command = addSettings(new Command('x'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action((options) => {
      found = givenBy(options);
    });
  command.parse(args, { from: 'user' });
  return found;
}

describe('flags', () => {
  test('every setting has one: its name in kebab case, or its short name', () => {
    const flags = addSettings(new Command('x')).options.map((option) => option.long);
    for (const flag of ['--url', '--requests', '--ramp', '--json', '--output-tokens', '--mix', '--api-key'])
      expect(flags).toContain(flag);
    expect(flags.filter((flag) => !flag?.startsWith('--no-')).length).toBeGreaterThanOrEqual(SETTING_NAMES.length);
  });

  test('leave room for what they mean on a line of 80', () => {
    const flags = addSettings(new Command('x')).options.map((option) => option.flags);
    expect(flags.filter((flag) => flag.length > 36)).toEqual([]);
  });

  test('become settings, as text', () => {
    expect(given('--url', 'h:8000', '--requests', '30', '--ramp', '8,32', '--json', 'x.json')).toEqual({
      BASE_URL: 'h:8000',
      TOTAL_REQUESTS: '30',
      LEVELS: '8,32',
      SUMMARY_JSON: 'x.json',
    });
    expect(given('--max-tokens', '7')).toEqual({ OUTPUT_TOKENS: '7' });
    expect(given()).toEqual({});
  });

  test('booleans in every way one may write them', () => {
    expect(given('--no-stream')).toEqual({ STREAM: 'false' });
    expect(given('--stream', 'false')).toEqual({ STREAM: 'false' });
    expect(given('--stream=no')).toEqual({ STREAM: 'no' });
    expect(given('--stream')).toEqual({ STREAM: 'true' });
    expect(given('--ignore-eos')).toEqual({ IGNORE_EOS: 'true' });
  });

  test('a bad value names setting, value and what is allowed', () => {
    const bad = () => given('--rate', 'fast');
    expect(bad).toThrow(CommandError);
    expect(bad).toThrow('RATE="fast": not a number; allowed: a number of 0.001 or more (req/s)');
    try {
      bad();
    } catch (e) {
      expect((e as CommandError).code).toBe(EXIT.badSetting);
    }
  });

  test('an unknown one is refused', () => {
    expect(() => given('--concurency', '3')).toThrow(/unknown option/);
  });

  test('a secret is not repeated', () => {
    expect(() => given('--headers', 'sk-secret')).toThrow(/^(?!.*sk-secret)/);
  });
});

describe('environment', () => {
  test('is checked like flags, where no flag overrides it', () => {
    expect(() => checkEnvironment({ RATE: 'fast' }, {})).toThrow(CommandError);
    expect(() => checkEnvironment({ MAX_TOKENS: '0' }, {})).toThrow(/OUTPUT_TOKENS="0"/);
    expect(() => checkEnvironment({ RATE: 'fast' }, { RATE: '5' })).not.toThrow();
    expect(() => checkEnvironment({ RATE: '', PATH: '/bin' }, {})).not.toThrow();
  });
});

describe('--json', () => {
  test.each([
    [['--json'], ['--json=-']],
    [
      ['--json', 'localhost:8000'],
      ['--json=-', 'localhost:8000'],
    ],
    [
      ['--json', '-'],
      ['--json', '-'],
    ],
    [
      ['--json', 'a/b.json', 'x'],
      ['--json', 'a/b.json', 'x'],
    ],
    [
      ['--json', '--rate', '5'],
      ['--json=-', '--rate', '5'],
    ],
    [
      ['x', '--', '--json', 'y'],
      ['x', '--', '--json', 'y'],
    ],
  ])('%j', (argv, expected) => {
    expect(withJsonFile(argv)).toEqual(expected);
  });
});
