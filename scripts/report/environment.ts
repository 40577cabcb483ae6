import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Results } from '../../lib/results.ts';
import { readSettings } from '../../lib/settings/settings.ts';
import { serverOf } from './server.ts';

/** What a run was made with, beside what k6 tells itself. */
export interface Environment {
  /** k6's version. */
  k6?: string;
  server?: string;
}

/** Asks k6 and the servers that settings name. Never throws: what does not answer stays unknown. */
export async function environmentOf(k6: string, env: NodeJS.ProcessEnv): Promise<Environment> {
  const [version, server] = await Promise.all([k6Version(k6), serversOf(env)]);
  return { ...(version && { k6: version }), ...(server && { server }) };
}

export function addEnvironment({ run, target }: Results, { k6, server }: Environment, command: string[]): void {
  Object.assign(run, { ...(k6 && { k6 }), command });
  if (server) target.server = server;
}

const versions = new Map<string, Promise<string | undefined>>();

/** `v1.8.1` of `k6 v1.8.1 (go1.26.8, linux/amd64)`. */
function k6Version(k6: string): Promise<string | undefined> {
  let version = versions.get(k6);
  if (!version) {
    version = promisify(execFile)(k6, ['version']).then(
      ({ stdout }) => /^k6 (\S+)/.exec(stdout)?.[1],
      () => undefined,
    );
    versions.set(k6, version);
  }
  return version;
}

/** Of each, where a test loads several. */
async function serversOf(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { baseUrl, targets, apiKey, headers } = readSettings(env, {
    BASE_URL: true,
    TARGETS: true,
    API_KEY: true,
    HEADERS: true,
  });
  const sent = { ...(apiKey && { Authorization: `Bearer ${apiKey}` }), ...headers };
  if (!targets) return serverOf(baseUrl, sent);
  const said = await Promise.all(targets.map(async ({ name, url }) => [name, await serverOf(url, sent)] as const));
  return said.flatMap(([name, server]) => (server ? [`${name}: ${server}`] : [])).join(', ') || undefined;
}
