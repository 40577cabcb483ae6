import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { METRICS, type MetricRow } from '../../lib/analysis/server/catalogue.ts';

export interface Exporter {
  /** host:port */
  address: string;
  close: () => void;
}

const labelsOf = ({ kind, metric, limit }: MetricRow): string[] =>
  kind === 'engine'
    ? ['model_name="m"']
    : metric === 'node_cpu_seconds_total'
      ? ['cpu="0",mode="idle"', 'cpu="0",mode="user"', 'cpu="1",mode="idle"', 'cpu="1",mode="user"']
      : limit
        ? ['device="eth0"', 'device="lo"']
        : ['gpu="0"', 'gpu="1"'];

/** Says something of every metric of the catalogue, and what else it is told to. Counters grow by 10 a second. */
export async function startEverything(more: readonly string[] = []): Promise<Exporter> {
  const server = createServer((_request, response) => {
    const grown = Date.now() / 100;
    const lines = METRICS.flatMap((row) =>
      labelsOf(row).map((label) => `${row.metric}{${label}} ${/_total|_sum/.test(row.metric) ? grown : 0.5}`),
    );
    response.end(`${[...lines, 'node_network_speed_bytes{device="eth0"} 1000', ...more].join('\n')}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}
