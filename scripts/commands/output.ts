import { relative, resolve, sep } from 'node:path';

/** Where k6 sends samples while it runs, and what it tags all of them with. */
export interface Output {
  /** Names all that one command runs: as its folder, 20261122-015605-ramp, unless the user has another name for it. */
  testid: string;
  flags: string[];
  /** Samples go somewhere. */
  used: boolean;
}

const listed = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);

/**
 * Flags of k6 that stand before the user's own. k6 reads lists from its flags or from the environment, not from both: what the
 * environment has is repeated here. The tag `testid` is what Grafana's dashboards for k6 choose a test by.
 * @param folder in runs/, or a folder in that
 */
export function outputOf(folder: string, env: NodeJS.ProcessEnv, k6Flags: readonly string[] = []): Output {
  const [testid = ''] = relative(resolve('runs'), folder).split(sep);
  const tags: Record<string, string> = {
    testid,
    ...(env.FAULT && { fault: env.FAULT }),
    ...Object.fromEntries(listed(env.K6_TAGS).map((tag) => tag.split(':', 2))),
  };
  const outputs = listed(env.K6_OUT);
  return {
    testid: k6Flags.flatMap((word, k) => testidIn(word, k6Flags[k - 1])).at(-1) ?? tags.testid ?? testid,
    flags: [
      ...outputs.flatMap((output) => ['-o', output]),
      ...Object.entries(tags).flatMap(([name, value]) => ['--tag', `${name}=${value}`]),
    ],
    used: outputs.length > 0 || k6Flags.some((word) => /^(-o|--out\b)/.test(word)),
  };
}

/** Of `--tag testid=…`, in two words or in one. */
const testidIn = (word: string, before: string | undefined): string[] =>
  /^--tag=testid=(.+)$/.exec(before === '--tag' ? `--tag=${word}` : word)?.slice(1) ?? [];
