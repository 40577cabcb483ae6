import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { configOf, routesOf } from '../../scripts/router-test/backends.ts';
import { addFlags, type Flags, given } from '../../scripts/router-test/flags.ts';
import { type Options, optionsOf } from '../../scripts/router-test/options.ts';
import { repeatLine } from '../../scripts/router-test/repeat.ts';
import { affinitySettings, asking } from '../../scripts/router-test/settings.ts';
import { folderFor } from '../k6/run.ts';

function flagsOf(...args: string[]): Flags {
  let found: Flags | undefined;
  addFlags(new Command('x'))
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .action((flags: Flags) => {
      found = flags;
    })
    .parse(args, { from: 'user' });
  return found as Flags;
}

function options(...args: string[]): Options {
  const flags = flagsOf(...args) as Flags & { url?: string };
  return optionsOf(flags, flags.url);
}

function template(text: string): string {
  const file = join(folderFor(), 'router.yaml');
  writeFileSync(file, text);
  return file;
}

const BOTH = ['small', 'large'];

describe('the three modes', () => {
  test('alone: backends and a router', () => {
    const { serveOnly, backends, router, startTimeout, keepConfig } = options();
    expect({ serveOnly, startTimeout, keepConfig }).toEqual({
      serveOnly: false,
      startTimeout: 120_000,
      keepConfig: false,
    });
    expect(backends).toEqual({ models: [BOTH, BOTH], weights: [], port: undefined });
    expect(router).toMatchObject({ command: undefined, workers: 1 });
    expect(options('--mock-backend')).toEqual(options());
  });

  test('--url: neither; with --mock-backend the backends', () => {
    expect(options('--url', 'h:1')).toMatchObject({ serveOnly: false });
    expect(options('--url', 'h:1')).not.toHaveProperty('backends');
    expect(options('--url', 'h:1')).not.toHaveProperty('router');
    const both = options('--url', 'h:1', '--mock-backend', '--backend-port', '9001');
    expect(both.backends?.port).toBe(9001);
    expect(both).not.toHaveProperty('router');
  });

  test('--serve-mock: only backends', () => {
    const { serveOnly, backends, router } = options('--serve-mock', '--mock-backends', '3', '--mock-weights', '3,1,1');
    expect({ serveOnly, router }).toEqual({ serveOnly: true, router: undefined });
    expect(backends).toMatchObject({ models: [BOTH, BOTH, BOTH], weights: [3, 1, 1] });
  });

  test('backends may serve different models', () => {
    expect(options('--mock-models', 'a,b;b').backends?.models).toEqual([['a', 'b'], ['b']]);
    expect(options('--mock-models', 'a', '--mock-backends', '3').backends?.models).toEqual([['a'], ['a'], ['a']]);
  });

  test('another router, its config and its environment', () => {
    const file = template('port: {{port}}, most: {{max_conc}}');
    const cmd = ['--router-cmd', 'x {config} --workers {workers}', '--router-config', file];
    const more = ['--router-workers', '4', '--router-max-conc', '64', '--router-env', 'A=b=c', '--router-env', 'B='];
    expect(options(...cmd, ...more).router).toMatchObject({
      template: { file },
      env: [
        ['A', 'b=c'],
        ['B', ''],
      ],
      workers: 4,
      maxConcurrency: 64,
    });
  });
});

describe('what does not go together is told in one line', () => {
  const cmd = ['--router-cmd', 'x {port}'];
  const wrong: { args: string[]; says: RegExp }[] = [
    { args: ['--concurency', '3'], says: /unknown option '--concurency'/ },
    { args: ['--mock-backends', '0'], says: /--mock-backends 0: not a whole number in range; allowed: 1 to 64/ },
    { args: ['--mock-weights', '3'], says: /--mock-weights 3: not 2 weights; allowed: one above 0 for each backend/ },
    { args: ['--mock-weights', '3,x'], says: /--mock-weights 3,x: not 2 weights/ },
    { args: ['--mock-models', 'a,a'], says: /--mock-models a,a: not a list of names/ },
    { args: ['--mock-models', 'a;'], says: /--mock-models a;: not a list of names/ },
    {
      args: ['--mock-models', 'a;b', '--mock-backends', '3'],
      says: /--mock-models a;b: not 3 lists; allowed: one for all/,
    },
    { args: ['--mock-engine', 'x', '--mock-tokens', '3'], says: /--mock-engine x: an engine has a pace of its own/ },
    { args: ['--backend-port', '99999'], says: /--backend-port 99999: not a whole number in range/ },
    { args: ['--start-timeout', 'soon'], says: /--start-timeout soon: not a duration/ },
    { args: ['--url', 'h:1', '--mock-models', 'a'], says: /--mock-models: no backends are served with --url alone/ },
    { args: ['--url', 'h:1', ...cmd], says: /--router-cmd: no router is started with --url/ },
    { args: ['--url', 'h:1', '--policy', 'session'], says: /--policy: no router is started with --url/ },
    { args: ['--url', 'h:1', '--serve-mock'], says: /--serve-mock: only serves backends/ },
    { args: ['--serve-mock', '--broken', 'sticky'], says: /--broken: no router is started with --serve-mock/ },
    { args: ['--router-workers', '2'], says: /--router-workers 2: our own router is one process/ },
    { args: ['--router-config', 'LICENSE'], says: /--router-config: our own router has a config of its own/ },
    { args: ['--router-env', 'A=b'], says: /--router-env: our own router reads none/ },
    { args: [...cmd, '--policy', 'session'], says: /--policy: is for our own router/ },
    {
      args: ['--router-cmd', 'x'],
      says: /--router-cmd: nothing tells it its port; allowed: {port} in it, or --router-port/,
    },
    {
      args: ['--router-cmd', 'x {prot}'],
      says: /--router-cmd: no placeholder {prot}; allowed: {port} {host} {config}/,
    },
    { args: [...cmd, '--router-config', '/none.yaml'], says: /--router-config \/none.yaml: there is no such file/ },
    { args: [...cmd, '--router-config', '/'], says: /--router-config \/: EISDIR/ },
    {
      args: [...cmd, '--router-config', 'LICENSE'],
      says: /--router-config: nothing tells the router of it; allowed: {config}/,
    },
    {
      args: [...cmd, '--router-workers', '2'],
      says: /--router-workers 2: nothing tells the router; allowed: {workers}/,
    },
    { args: [...cmd, '--router-max-conc', '2'], says: /--router-max-conc 2: nothing tells the router/ },
    {
      args: ['--router-cmd', 'x {port} {max_conc}'],
      says: /{max_conc}: asked for, but not given; allowed: --router-max-conc N/,
    },
    { args: [...cmd, '--router-env', 'KEY'], says: /--router-env KEY: no variable; allowed: KEY=value/ },
    { args: [...cmd, '--router-env', 'KEY={no}'], says: /--router-env KEY: no placeholder {no}/ },
  ];
  test.each(wrong)('$args', ({ args, says }) => expect(() => options(...args)).toThrow(says));
});

test('a port may be fixed, and then the command need not be told', () => {
  expect(options('--router-cmd', 'x', '--router-port', '4000').router?.port).toBe(4000);
});

test('what is handed on to the process that serves the backends', () => {
  const flags = flagsOf('--mock-weights', '3,1', '--mock-ttft-ms', '5', '--keep-config', '--concurrency', '4');
  expect(given(flags, 'backends')).toEqual(['--mock-weights', '3,1', '--mock-ttft-ms', '5']);
});

test('routes and config are made from the same backends', () => {
  const backends = [
    { name: 'b1', url: 'http://h:1', models: ['s', 'l'], weight: 3 },
    { name: 'b2', url: 'http://h:2', models: ['s'] },
  ];
  expect(routesOf(backends)).toBe('s>b1*3,l>b1*3,s>b2');
  expect(JSON.parse(configOf(backends))).toEqual({ backends });
});

describe('models that are asked for', () => {
  test('all that are served, evenly, unless some are named', () => {
    expect(asking({}, ['a', 'b'])).toEqual({ MIX: 'a:1,b:1' });
    expect(asking({}, ['a'])).toEqual({ MODEL: 'a' });
    expect(asking({ MODEL: 'b' }, ['a', 'b'])).toEqual({});
    expect(asking({}, [])).toEqual({});
  });

  test('conversations ask for one, in a run of their own size', () => {
    const found = affinitySettings({ MIX: 'a:8b:1,b:1', LEVELS: '8,32', TURNS: '9' });
    expect(found).toMatchObject({ MODEL: 'a:8b', AFFINITY: 'true', MIX: '', LEVELS: '', SUMMARY_JSON: '' });
    expect(found).not.toHaveProperty('TURNS');
    expect(affinitySettings({ MODEL: 'm', MIX: 'a:1,b:1' }).MODEL).toBe('m');
  });
});

describe('the line that repeats a test', () => {
  test('flags and settings as one would type them', () => {
    const flags = flagsOf(
      '--router-cmd',
      'x {port}',
      '--router-env',
      'URLS={backends}',
      '--keep-config',
      '--mock-tokens',
      '8',
    );
    expect(repeatLine(flags, { CONCURRENCY: '8', SEED: '7', STREAM: 'false' })).toBe(
      "llmload router-test --mock-tokens 8 --router-cmd 'x {port}' --keep-config --router-env 'URLS={backends}' --stream=false --concurrency 8 --seed 7",
    );
  });

  test('without secrets', () => {
    const flags = flagsOf('--router-cmd', 'x {port}', '--router-env', 'LITELLM_MASTER_KEY=sk-1');
    const line = repeatLine(flags, { API_KEY: 'sk-1' });
    expect(line).not.toContain('sk-1');
    expect(line).toBe(
      `API_KEY="$API_KEY" llmload router-test --router-cmd 'x {port}' --router-env LITELLM_MASTER_KEY="$LITELLM_MASTER_KEY"`,
    );
  });
});
