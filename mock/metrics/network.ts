import type { Registry } from 'prom-client';
import type { Link } from '../link.ts';
import { type Reading, register } from './reading.ts';

/** Names and units as in Prometheus's node_exporter. */
const READINGS: readonly Reading<Link>[] = [
  {
    type: 'counter',
    name: 'node_network_transmit_bytes_total',
    help: 'Network device statistic transmit_bytes. Simulated: of answers alone.',
    read: ({ sent }) => sent,
  },
  {
    type: 'gauge',
    name: 'node_network_speed_bytes',
    help: 'Network device property: speed_bytes. Simulated: --bandwidth.',
    read: ({ bytesPerSecond }) => bytesPerSecond,
  },
];

export const networkMetrics = (registry: Registry, link: Link): void =>
  register(registry, READINGS, ['device'], [{ labels: { device: 'simulated0' }, of: link }]);
