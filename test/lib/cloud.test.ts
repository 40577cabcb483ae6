import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloudOptions } from '../../lib/cloud.ts';
import { settingsOf } from './make.ts';

test('zones by weight, in whole percents', () => {
  const { cloudZones } = settingsOf({ CLOUD_ZONES: 'amazon:us:ashburn:2,amazon:ie:dublin:1' });
  expect(cloudOptions(cloudZones)).toEqual({
    cloud: {
      distribution: {
        amazon_us_ashburn: { loadZone: 'amazon:us:ashburn', percent: 67 },
        amazon_ie_dublin: { loadZone: 'amazon:ie:dublin', percent: 33 },
      },
    },
  });
  expect(cloudOptions(settingsOf().cloudZones)).toEqual({});
  expect(settingsOf({ CLOUD_ZONES: 'amazon:us:ashburn' }).cloudZones).toEqual([
    { loadZone: 'amazon:us:ashburn', weight: 1 },
  ]);
  expect(() => settingsOf({ CLOUD_ZONES: 'a:1,,b' })).toThrow('CLOUD_ZONES="a:1,,b": "" is no zone; allowed: zones');
});

test('percents add up to 100', () => {
  const weights = fc.array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(weights, (all) => {
      const { cloud } = cloudOptions(all.map((weight, k) => ({ loadZone: `zone${k}`, weight })));
      const zones = Object.values(cloud?.distribution ?? {}) as { percent: number }[];
      expect(zones.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
    }),
  );
});
