import type { Command } from 'commander';
import { parseSetting } from '../../lib/settings/parse.ts';
import { SETTING_NAMES } from '../../lib/settings/table.ts';
import type { Target } from '../../lib/settings/targets.ts';
import { CommandError, EXIT } from './exit.ts';
import { addRemoteWrite } from './remote-write.ts';
import { probeFirst, runTest } from './run.ts';
import { addSettings, givenBy } from './settings.ts';

export function addAb(program: Command): void {
  const command = program
    .command('ab')
    .summary('compare two servers under the same load')
    .description(
      'Loads two servers at the same time, and tells what the second adds to the first: TTFT, ITL, req/s, cached share.\n\n' +
        'A server and a router before it: the overhead of the router. Two routers: which is better.',
    )
    .usage('--url <name=url> --url <name=url> [flags] [-- k6 flags]')
    .option('--url <name=url>', 'one of the two servers; without names they are a and b', collected)
    .argument('[k6 flags...]');
  const names = SETTING_NAMES.filter((name) => name !== 'BASE_URL' && name !== 'TARGETS');
  addRemoteWrite(addSettings(command, names)).action(ab);
}

/** Commander takes the last of several flags, unless told otherwise. */
const collected = (url: string, all: readonly string[] = []): string[] => [...all, url];

async function ab(
  k6Flags: string[],
  { url: urls = [], remoteWrite, ...options }: { url?: string[]; remoteWrite?: string },
): Promise<void> {
  const text = urls.length > 0 ? targetsOf(urls) : process.env.TARGETS;
  if (!text) throw new CommandError(`no --url; ${WANTED}`, EXIT.badSetting);
  const targets = parseSetting('TARGETS', text, urls.length > 0 ? '--url' : 'TARGETS') as Target[];
  await runTest(
    'ab',
    { ...givenBy(options), TARGETS: text },
    k6Flags,
    async (k6, env, status) => {
      // Asked about one by one: who fails is named.
      for (const { name, url } of targets) {
        await probeFirst(k6, { ...env, TARGETS: '', BASE_URL: url }, status, false, name);
      }
    },
    remoteWrite,
  );
}

const WANTED = 'allowed: two, as in --url direct=localhost:8000 --url router=localhost:4000';

/** What TARGETS would say. A URL without a name has no `=`, or something else than a name before it. */
function targetsOf(urls: readonly string[]): string {
  if (urls.length !== 2)
    throw new CommandError(
      `--url is there ${urls.length === 1 ? 'once' : `${urls.length} times`}; ${WANTED}`,
      EXIT.badSetting,
    );
  return urls.map((url, k) => (/^\w[\w-]*=/.test(url) ? url : `${'ab'[k]}=${url}`)).join(',');
}
