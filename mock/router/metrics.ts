import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What GET /metrics shows. Latencies there are in seconds, as Prometheus has them. */
export interface RouterMetrics {
  registry: Registry;
  /**
   * By model asked, backend that answered last, and status: that of the answer, 499 where the client left first, `broken`
   * where a stream that had begun broke off. No backend: the router refused it.
   */
  requests: Counter<'model' | 'backend' | 'status'>;
  inFlight: Gauge<'backend'>;
  up: Gauge<'backend'>;
  retries: Counter;
  added: Histogram;
}

/** @param waiting how many requests wait for their turn just now */
export function createRouterMetrics(backends: readonly string[], waiting: () => number): RouterMetrics {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['backend'] as const;
  const metrics: RouterMetrics = {
    registry,
    requests: new Counter({
      name: 'router_requests_total',
      help: 'Requests that are over; status 499: the client left, broken: the stream broke off',
      labelNames: ['model', 'backend', 'status'],
      registers,
    }),
    inFlight: new Gauge({
      name: 'router_in_flight',
      help: 'Requests that the backend is answering',
      labelNames,
      registers,
    }),
    up: new Gauge({ name: 'router_backend_up', help: '1 while the backend is used', labelNames, registers }),
    retries: new Counter({
      name: 'router_retries_total',
      help: 'Requests that were asked again, of another backend or on a new connection',
      registers,
    }),
    added: new Histogram({
      name: 'router_added_latency_seconds',
      help: "From the request's head to the answer's, less the wait for the backend",
      buckets: [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
      registers,
    }),
  };
  new Gauge({
    name: 'router_queue_waiting',
    help: 'Requests that wait for their turn (--max-concurrency)',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  for (const backend of backends) {
    metrics.inFlight.set({ backend }, 0);
    metrics.up.set({ backend }, 1);
  }
  return metrics;
}
