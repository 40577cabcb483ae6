/** `--remote-write`: k6 writes its samples to a Prometheus while it runs; dashboards/ shows them. */
import type { Command } from 'commander';
import type { Status } from '../live/status.ts';
import { addressOf, basic, credentialsOf } from './address.ts';

export const addRemoteWrite = (command: Command): Command =>
  command.option('--remote-write <url>', 'write metrics to this Prometheus while it runs, for the Grafana dashboards');

/** What k6 sends of a Trend where Prometheus takes no native histograms. Not `count`, which it divides by 1000. */
const STATS = 'p(50),p(90),p(95),p(99),avg,min,max';
const WRITE = '/api/v1/write';
const TIMEOUT = 10_000;

/**
 * The environment in which k6 writes there. Says where and how, or in one line why not: a test goes on without it.
 * @param url host:port, or the whole URL where it is no Prometheus; may hold user:password@
 * @throws SettingsError where it is no URL
 */
export async function remoteWrite(
  text: string | undefined,
  env: NodeJS.ProcessEnv,
  status: Status,
): Promise<NodeJS.ProcessEnv> {
  if (text === undefined) return {};
  const { url, username, password } = credentialsOf(addressOf('--remote-write', text));
  if (url.pathname === '/') url.pathname = WRITE;
  const server = await ask(url, username && basic(username, password));
  if ('problem' in server) {
    status.say(`remote write: ${server.problem}; the test goes on without it`);
    return {};
  }
  const asked = env.K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM;
  const native = asked ? asked === 'true' : server.native;
  status.say(`remote write: ${url.href}, latencies as ${native ? 'native histograms' : 'percentiles so far'}`);
  return {
    K6_OUT: [env.K6_OUT, 'experimental-prometheus-rw'].filter(Boolean).join(','),
    K6_PROMETHEUS_RW_SERVER_URL: url.href,
    K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM: `${native}`,
    K6_PROMETHEUS_RW_TREND_STATS: env.K6_PROMETHEUS_RW_TREND_STATS || STATS,
    ...(username && { K6_PROMETHEUS_RW_USERNAME: username, K6_PROMETHEUS_RW_PASSWORD: password }),
  };
}

type Answer = { data?: Record<string, string> };

/** Whether it takes writes, and native histograms. What is no Prometheus does not say, and is asked for neither. */
async function ask(url: URL, authorization: string): Promise<{ native: boolean } | { problem: string }> {
  const status = async (page: string): Promise<Record<string, string>> => {
    const response = await fetch(url.href.replace(/\/[^/]*$/, `/status/${page}`), {
      ...(authorization && { headers: { Authorization: authorization } }),
      signal: AbortSignal.timeout(TIMEOUT),
    });
    return ((await response.json().catch(() => ({}))) as Answer).data ?? {};
  };
  try {
    const [flags, build] = await Promise.all([status('flags'), status('buildinfo')]);
    const features = flags['enable-feature'] ?? '';
    if (flags['web.enable-remote-write-receiver'] === 'false' && !features.includes('remote-write-receiver'))
      return { problem: `Prometheus at ${url.origin} was started without --web.enable-remote-write-receiver` };
    return { native: features.includes('native-histograms') || takesThemAlways(build.version) };
  } catch (e) {
    const { cause, name, message } = e as Error & { cause?: NodeJS.ErrnoException };
    const why =
      name === 'TimeoutError' ? `no answer in ${TIMEOUT / 1000} s` : (cause?.code ?? cause?.message ?? message);
    return { problem: `${url.origin} cannot be asked: ${why}` };
  }
}

/** From 3.8 on, where https://prometheus.io/docs/specs/native_histograms/ calls them stable. */
function takesThemAlways(version = ''): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 3 || (major === 3 && minor >= 8);
}
