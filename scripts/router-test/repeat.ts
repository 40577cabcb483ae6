import { flagsOf, quote } from '../commands/repeat.ts';
import type { Given } from '../commands/settings.ts';
import { type Flags, given } from './flags.ts';

/** Of a variable's name. */
const SECRET = /key|token|secret|pass/i;

/** The command that does the same again. What may be secret comes from the environment. */
export function repeatLine(flags: Flags, settings: Given): string {
  const { secrets, words } = flagsOf(settings);
  const { routerEnv = [], ...shown } = flags;
  const own = given(shown, 'all').map(quote);
  const variables = routerEnv.map((text) => {
    const name = text.split('=', 1)[0] as string;
    return `--router-env ${SECRET.test(name) ? `${name}="$${name}"` : quote(text)}`;
  });
  return [...secrets, 'llmload router-test', ...own, ...variables, ...words].join(' ');
}
