import '../fakes/k6-globals.ts';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../scripts/build/root.mjs';
import { environmentOf, readCommand } from '../../scripts/compare/command.ts';

const script = join(root, 'build.mjs'); // a file that is there
const read = (words: string[], env: NodeJS.ProcessEnv = {}) => readCommand('old', words, env);

describe('the command of a run', () => {
  it("gives its script, its settings and k6's own flags", () => {
    const words = ['bin/k6', 'run', script, '-e', 'RATE=5', '-e', 'PROMPT_TEXT=a = $5', '--tag', 'x=1', '-e', 'MY=1'];
    expect(read([...words, '--env=SLO=chat', '--no-setup'])).toEqual({
      script,
      settings: { RATE: '5', PROMPT_TEXT: 'a = $5', SLO: 'chat' },
      k6Flags: ['--tag', 'x=1', '-e', 'MY=1', '--no-setup'],
    });
  });

  it('takes secrets from the environment', () => {
    const words = ['API_KEY="$API_KEY"', 'bin/k6', 'run', script, '-e', 'RATE=5'];
    expect(read(words, { API_KEY: 'k' }).settings).toEqual({ API_KEY: 'k', RATE: '5' });
    expect(() => read(words)).toThrow(
      'old cannot be run again: it was run with API_KEY; allowed: API_KEY in the environment',
    );
  });

  it.each([
    [['bin/k6', 'inspect', script], `its command is no k6 run: bin/k6 inspect ${script}`],
    [['bin/k6', 'run'], 'its command is no k6 run: bin/k6 run'],
    [['bin/k6', 'run', 'dist/none.js'], 'there is no dist/none.js here: repeat it where it was run'],
  ])('%s is refused', (words, why) => expect(() => read(words)).toThrow(`old cannot be run again: ${why}`));

  it('is run with its own settings, not with those that are set here', () => {
    const command = read(['bin/k6', 'run', script, '-e', 'RATE=5']);
    expect(environmentOf(command, { RATE: '9', SLO: 'chat', MAX_TOKENS: '3', PATH: '/bin' })).toEqual({
      RATE: '5',
      PATH: '/bin',
    });
  });
});
