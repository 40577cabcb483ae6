/** A Prometheus that says what a test wants. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished, type TestContext } from 'vitest';
import { createPrometheus } from '../../scripts/analyze/prometheus.ts';

type Values = [number, string][];
export type Fake = (query: string, range: { start: number; end: number; step: number }) => unknown;

export const matrix = (...result: { metric: Record<string, string>; values: Values }[]) => ({
  status: 'success',
  data: { resultType: 'matrix', result },
});
/** A value each second. */
export const each = (
  { start, end, step }: { start: number; end: number; step: number },
  value: (at: number) => number | string | undefined,
): Values => {
  const values: Values = [];
  for (let at = start; at <= end; at += step) {
    const said = value(at);
    if (said !== undefined) values.push([at, `${said}`]);
  }
  return values;
};

type Own = Pick<TestContext, 'onTestFinished'>;

/**
 * Answers query_range; what `fake` returns is sent as JSON, [status, text] as it is.
 * @param own the test's context, where it runs beside others
 */
export async function prometheus(fake: Fake, date = new Date(), own: Own = { onTestFinished }) {
  const asked: { url: URL; request: IncomingMessage }[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    asked.push({ url, request });
    const number = (name: string) => Number(url.searchParams.get(name));
    const range = { start: number('start'), end: number('end'), step: number('step') };
    const answer = fake(url.searchParams.get('query') ?? '', range);
    response.setHeader('Date', date.toUTCString());
    if (Array.isArray(answer)) response.writeHead(answer[0]).end(answer[1]);
    else response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  own.onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { asked, port, client: createPrometheus(new URL(`http://127.0.0.1:${port}`), undefined) };
}

/** A vLLM with this many waiting, scraped every 5 s. @param every s */
export const vllm =
  (waiting: (at: number) => number | string | undefined, every = 5): Fake =>
  (query, range) => {
    if (!query.includes('vllm:num_requests_waiting')) return matrix();
    const metric = { instance: 'a:8000' };
    const scraped = (at: number) => at - (at % every);
    return query.includes('timestamp(')
      ? matrix({ metric, values: each(range, (at) => (waiting(scraped(at)) === undefined ? undefined : scraped(at))) })
      : matrix({ metric, values: each(range, (at) => waiting(scraped(at))) });
  };
