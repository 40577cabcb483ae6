/** Whatever dashboards/*.json show: that they can be imported anywhere, and say what they show. Queries: test/real/dashboards. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { AnnotationQuery, Dashboard, Panel, VariableModel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { describe, expect, test } from 'vitest';

const folder = fileURLToPath(new URL('../dashboards/', import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const all = files.map((file) => [file, JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as Dashboard] as const);

test('each has a uid of its own', () => {
  expect(new Set(all.map(([, { uid }]) => uid)).size).toBe(files.length);
});

describe.each(all)('%s', (_, dashboard) => {
  const panels = (dashboard.panels ?? []) as Panel[];
  const shown = panels.filter(({ type }) => type !== 'row');
  const variables = dashboard.templating.list as VariableModel[];
  const annotations = dashboard.annotations.list as AnnotationQuery[];

  test('can be imported into any Grafana from 11 on', () => {
    expect(dashboard).not.toHaveProperty('id');
    expect(dashboard.schemaVersion).toBe(39);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const queries = shown.flatMap(({ targets }) => targets as Dataquery[]);
    for (const { datasource } of [
      ...shown,
      ...queries,
      ...annotations,
      ...variables.filter(({ query }) => `${query}`.includes('(')),
    ])
      expect(datasource).toEqual({ type: 'prometheus', uid: '$DS_PROMETHEUS' });
  });

  test('every panel says what it shows, in which unit', () => {
    for (const { title, description, fieldConfig, type } of shown) {
      expect(title).toBeTruthy();
      expect(description, title).toMatch(/\.$/);
      if (type !== 'table') expect(fieldConfig?.defaults.unit, title).toBeTruthy();
    }
  });

  test('every query has a letter of its own in its panel, and knows its variables', () => {
    const known = ['$__rate_interval', '$__range', ...variables.map(({ name }) => `$${name}`)];
    for (const { title, targets } of shown) {
      const queries = targets as Dataquery[];
      expect(new Set(queries.map(({ refId }) => refId)).size, title).toBe(queries.length);
      for (const { expr } of queries)
        for (const [, name] of expr.matchAll(/\$\{?(\w+)/g)) expect(known, expr).toContain(`$${name}`);
    }
  });

  test('panels do not lie on each other', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } = { x: 0, y: 0, w: 0, h: 0 } }) =>
      Array.from({ length: w * h }, (_, k) => `${x + (k % w)} ${y + Math.floor(k / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});
