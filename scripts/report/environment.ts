import { execFile } from 'node:child_process';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import type { Results } from '../../lib/results.ts';
import { parseSettings, type SettingsOf } from '../../lib/settings/settings.ts';
import { serverOf } from './server.ts';

/** What a run was made with, beside what k6 tells itself. */
export interface Environment {
  /** k6's version. */
  k6?: string;
  server?: string;
  /** The tag of all samples that k6 sends elsewhere. */
  testid?: string;
}

/**
 * Asks k6 and the servers that settings name. Never throws: what does not answer stays unknown.
 * @param script that loads them
 */
export async function environmentOf(k6: string, script: string, env: NodeJS.ProcessEnv): Promise<Environment> {
  const asked = basename(script) === 'ab.js' ? targetsOf(env) : targetOf(env);
  const [version, server] = await Promise.all([k6Version(k6), asked.catch(() => undefined)]);
  return { ...(version && { k6: version }), ...(server && { server }) };
}

/** @param command the plain k6 command, where there is one */
export function addEnvironment(
  { run, target }: Results,
  { k6, server, testid }: Environment,
  command?: string[],
): void {
  Object.assign(run, { ...(k6 && { k6 }), ...(testid && { testid }), ...(command && { command }) });
  if (server) target.server = server;
}

const versions = new Map<string, Promise<string | undefined>>();

/** `v1.8.1` of `k6 v1.8.1 (go1.26.8, linux/amd64)`; k6 calls itself what its file is called. */
function k6Version(k6: string): Promise<string | undefined> {
  let version = versions.get(k6);
  if (!version) {
    version = promisify(execFile)(k6, ['version']).then(
      ({ stdout }) => /^\S+ (v\S+)/.exec(stdout)?.[1],
      () => undefined,
    );
    versions.set(k6, version);
  }
  return version;
}

const sentTo = { API_KEY: true, HEADERS: true } as const;
const headersOf = ({ apiKey, headers }: SettingsOf<typeof sentTo>): Record<string, string> => ({
  ...(apiKey && { Authorization: `Bearer ${apiKey}` }),
  ...headers,
});

async function targetOf(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const settings = parseSettings(env, { BASE_URL: true, ...sentTo });
  return serverOf(settings.baseUrl, headersOf(settings));
}

/** Of each that is compared. */
async function targetsOf(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { targets = [], ...settings } = parseSettings(env, { TARGETS: true, ...sentTo });
  const asked = targets.map(async ({ name, url }) => ({ name, server: await serverOf(url, headersOf(settings)) }));
  const said = (await Promise.all(asked)).flatMap(({ name, server }) => (server ? [`${name}: ${server}`] : []));
  return said.join(', ') || undefined;
}
