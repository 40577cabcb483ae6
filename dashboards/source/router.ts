/** llmload's reference router: mock/router/metrics.ts names its metrics. Beside it what clients see. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { clientItl, clientRequests, clientTtft } from './client.ts';
import { finished, frame, MODEL, PERCENTILE, STEP, scraped } from './frame.ts';
import { PERCENTILE_NAME } from './k6.ts';
import { type Graph, graph, row } from './panels.ts';

const OF = '{job=~"$job",instance=~"$instance"}';
const rate = (labels: string, metric: string, more = ''): string =>
  `sum by (${labels}) (rate(${metric}${OF.replace('}', `${more}}`)}[$__rate_interval]))`;

const PANELS: Omit<Graph, 'scraped'>[] = [
  {
    title: 'Backends in use',
    description: '1 while the router sends requests to it.',
    unit: 'short',
    queries: [{ expr: `max by (instance, backend) (router_backend_up${OF})`, legend: '{{backend}}' }],
    max: 1,
  },
  {
    title: 'In flight',
    description: 'Requests that each backend is answering.',
    unit: 'short',
    queries: [{ expr: `sum by (instance, backend) (router_in_flight${OF})`, legend: '{{backend}}' }],
  },
  {
    title: 'Requests by backend',
    description: 'Requests that are over, a second, by the backend that answered last. None: the router refused it.',
    unit: 'reqps',
    queries: [{ expr: rate('instance, backend', 'router_requests_total'), legend: '{{backend}}' }],
  },
  {
    title: 'Requests that failed',
    description: 'A second, by model and status; 499: the client left, broken: the stream broke off.',
    unit: 'reqps',
    queries: [
      {
        expr: rate('instance, model, status', 'router_requests_total', ',status!~"2.."'),
        legend: '{{status}} {{model}}',
      },
    ],
  },
  {
    title: 'Retries',
    description: 'Requests that were asked again, of another backend or on a new connection, a second.',
    unit: 'reqps',
    queries: [{ expr: rate('instance', 'router_retries_total'), legend: '{{instance}}' }],
  },
  {
    title: 'Queue',
    description: 'Requests that wait for their turn (--max-concurrency).',
    unit: 'short',
    queries: [{ expr: `max by (instance) (router_queue_waiting${OF})`, legend: '{{instance}}' }],
  },
  {
    title: 'Added time',
    description: "From the request's head to the answer's, less the wait for the backend.",
    unit: 's',
    queries: [
      {
        expr: `histogram_quantile($quantile, ${rate('instance, le', 'router_added_latency_seconds_bucket')})`,
        legend: `${PERCENTILE_NAME} {{instance}}`,
      },
    ],
  },
];

export function router(): Dashboard {
  const board = frame(
    'llmload-router',
    'llmload: router',
    'What the reference router does with requests, beside what clients see.',
  );
  for (const variable of [MODEL, STEP, PERCENTILE, ...scraped('router_backend_up')]) board.withVariable(variable);
  board.withRow(row('Clients'));
  for (const panel of [clientTtft(), clientItl(), clientRequests()]) board.withPanel(panel);
  board.withRow(row('Router'));
  for (const panel of PANELS) board.withPanel(graph({ ...panel, scraped: true }));
  return finished(board);
}
