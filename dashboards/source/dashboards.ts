import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { loadTest } from './load-test.ts';
import { router } from './router.ts';
import { server } from './server.ts';

/** By the name of their file in dashboards/, which `npm run golden` writes. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  'load-test-native': loadTest('native'),
  'load-test-stats': loadTest('stats'),
  server: server(),
  router: router(),
};
