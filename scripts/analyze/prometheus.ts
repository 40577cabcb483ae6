import { basic, credentialsOf } from '../commands/address.ts';
import { CommandError, EXIT } from '../commands/exit.ts';

/** A series as `query_range` answers it. */
export interface Matrix {
  labels: Readonly<Record<string, string>>;
  /** [s, value]; what is no number is left out. */
  values: [at: number, value: number][];
}

/** Times in s. */
export interface Range {
  start: number;
  end: number;
  step: number;
}

export interface Prometheus {
  /** Without what it takes to log in. */
  readonly url: string;
  /** How far its clock is ahead of ours, s; undefined until it has answered. */
  readonly ahead: number | undefined;
  /** @throws CommandError with one line; a query that it refuses is named with `what` */
  range(query: string, range: Range, what: string): Promise<Matrix[]>;
}

const TIMEOUT = 30_000;

/** @param address may hold user:password@; @param token a bearer token */
export function createPrometheus(address: URL, token: string | undefined): Prometheus {
  const { url: base, username, password } = credentialsOf(address);
  const url = base.href.replace(/\/+$/, '');
  const authorization = token ? `Bearer ${token}` : username ? basic(username, password) : undefined;
  let ahead: number | undefined;

  async function ask(path: string): Promise<Response> {
    try {
      const asked = Date.now();
      const response = await fetch(`${url}${path}`, {
        headers: { Accept: 'application/json', ...(authorization && { Authorization: authorization }) },
        signal: AbortSignal.timeout(TIMEOUT),
      });
      const theirs = Date.parse(response.headers.get('date') ?? '');
      // The header has whole seconds, cut off: half of one is what it lacks on average.
      if (!Number.isNaN(theirs)) ahead = (theirs + 500 - (asked + Date.now()) / 2) / 1000;
      return response;
    } catch (e) {
      const { cause, name, message } = e as Error & { cause?: NodeJS.ErrnoException };
      const why =
        name === 'TimeoutError' ? `no answer in ${TIMEOUT / 1000} s` : (cause?.code ?? cause?.message ?? message);
      throw new CommandError(`Prometheus at ${url} cannot be asked: ${why}`);
    }
  }

  return {
    url,
    get ahead() {
      return ahead;
    },
    async range(query, { start, end, step }, what) {
      const asked = new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${step}` });
      const response = await ask(`/api/v1/query_range?${asked}`);
      const { status } = response;
      if (status === 401 || status === 403)
        throw new CommandError(
          `Prometheus at ${url} refuses us (${status}): set PROMETHEUS_TOKEN, or name user:password@ in --prometheus`,
          EXIT.badSetting,
        );
      const answer = (await response.json().catch(() => undefined)) as Answer | undefined;
      if (answer?.status === 'error' && (status === 400 || status === 422))
        throw new CommandError(`${what}: Prometheus refuses ${query}: ${oneLine(answer.error)}`, EXIT.badSetting);
      if (answer?.status === 'error') throw new CommandError(`Prometheus at ${url}: ${oneLine(answer.error)}`);
      const series = answer?.data?.result;
      if (answer?.status !== 'success' || answer.data?.resultType !== 'matrix' || !Array.isArray(series))
        throw new CommandError(`${url} is no Prometheus: /api/v1/query_range answers ${status} without its JSON`);
      return series.map(({ metric, values }) => ({
        labels: metric,
        values: values.map(([at, text]): [number, number] => [at, Number(text)]).filter(([, v]) => Number.isFinite(v)),
      }));
    },
  };
}

/** https://prometheus.io/docs/prometheus/latest/querying/api/ */
interface Answer {
  status: 'success' | 'error';
  error?: string;
  data?: { resultType: string; result: { metric: Record<string, string>; values: [number, string][] }[] };
}

const oneLine = (text = 'no reason given'): string => text.replace(/\s+/g, ' ').slice(0, 300);
