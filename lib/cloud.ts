import type { Options } from 'k6/options';
import type { Zone } from './settings/zones.ts';

/**
 * Where in Grafana Cloud the load comes from, in whole percents that add up to 100; nothing without zones. Project and name
 * are k6's own K6_CLOUD_PROJECT_ID and K6_CLOUD_NAME.
 */
export function cloudOptions(zones: readonly Zone[] | undefined): Pick<Options, 'cloud'> {
  if (!zones) return {};
  const total = zones.reduce((sum, { weight }) => sum + weight, 0);
  let sum = 0;
  const upTo = () => Math.round((100 * sum) / total);
  const distribution = zones.map(({ loadZone, weight }) => {
    const before = upTo();
    sum += weight;
    return [loadZone.replaceAll(':', '_'), { loadZone, percent: upTo() - before }];
  });
  return { cloud: { distribution: Object.fromEntries(distribution) } };
}
