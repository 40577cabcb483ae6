import { expect } from 'vitest';
import type { Mock } from '../../mock/index.ts';

/** A metric with all its samples. */
export interface Family {
  type: 'gauge' | 'counter' | 'histogram';
  help: string;
  samples: Sample[];
}

interface Sample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface Scrape {
  families: ReadonlyMap<string, Family>;
  /** The value of the one sample that has this name and these labels. */
  value(name: string, labels?: Record<string, string>): number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/.source;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"/.source;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);

/** Prometheus text, by the letter: https://prometheus.io/docs/instrumenting/exposition_formats/ */
export function parse(text: string): Scrape {
  expect(text.endsWith('\n')).toBe(true);
  const families = new Map<string, Family>();
  let help: [string, string] | undefined;
  let current: [string, Family] | undefined;
  for (const line of text.split('\n')) {
    const [, comment, name = '', rest = ''] = new RegExp(`^# (HELP|TYPE) (${NAME}) (.+)$`).exec(line) ?? [];
    if (comment === 'HELP') help = [name, rest];
    else if (comment === 'TYPE') {
      expect(help?.[0], line).toBe(name);
      expect(families.has(name), `${name} twice`).toBe(false);
      expect(rest).toMatch(/^(gauge|counter|histogram)$/);
      current = [name, { type: rest as Family['type'], help: help?.[1] ?? '', samples: [] }];
      families.set(...current);
    } else if (line !== '') {
      const sample = parseSample(line);
      const [family, { type, samples }] = current as [string, Family];
      expect(type === 'histogram' ? sample.name.replace(/_(bucket|sum|count)$/, '') : sample.name).toBe(family);
      samples.push(sample);
    }
  }
  for (const [name, family] of families) checkFamily(name, family);
  const all = [...families.values()].flatMap(({ samples }) => samples);
  const series = all.map(({ name, labels }) => JSON.stringify([name, Object.entries(labels).sort()]));
  expect(new Set(series).size).toBe(series.length);
  return {
    families,
    value(name, wanted = {}) {
      const found = all.filter(
        (sample) =>
          sample.name === name && Object.entries(wanted).every(([key, value]) => sample.labels[key] === value),
      );
      expect(found, `${name} ${JSON.stringify(wanted)}`).toHaveLength(1);
      return found[0]?.value ?? Number.NaN;
    },
  };
}

function parseSample(line: string): Sample {
  const [, name = '', labels = '', text = ''] = SAMPLE.exec(line) ?? [];
  expect(name, line).not.toBe('');
  const pairs = [...labels.matchAll(/([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', value = '']) => [
    key,
    value,
  ]);
  const value = Number(text.replace('+Inf', 'Infinity'));
  expect(value, line).not.toBeNaN();
  return { name, labels: Object.fromEntries(pairs), value };
}

function checkFamily(name: string, { type, samples }: Family): void {
  for (const { value } of samples) if (type !== 'gauge') expect(value, name).toBeGreaterThanOrEqual(0);
  // vLLM has one histogram that ends so too.
  if (type === 'counter') expect(name).toMatch(/_total$/);
  if (type !== 'histogram') return;
  const without = ({ le: _, ...labels }: Record<string, string>): string => JSON.stringify(labels);
  for (const series of new Set(samples.map(({ labels }) => without(labels)))) {
    const of = samples.filter(({ labels }) => without(labels) === series);
    const buckets = of.filter((sample) => sample.name.endsWith('_bucket'));
    const bounds = buckets.map(({ labels }) => Number(labels.le?.replace('+Inf', 'Infinity')));
    expect(bounds, name).toEqual([...new Set(bounds)].sort((a, b) => a - b));
    expect(bounds.at(-1)).toBe(Infinity);
    const counts = buckets.map(({ value }) => value);
    expect(counts, name).toEqual(counts.toSorted((a, b) => a - b));
    expect(of.filter((sample) => sample.name === `${name}_count`).map(({ value }) => value)).toEqual([counts.at(-1)]);
    expect(of.filter((sample) => sample.name === `${name}_sum`)).toHaveLength(1);
  }
}

export async function scrape(mock: Mock): Promise<Scrape> {
  const response = await fetch(`${mock.url}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return parse(await response.text());
}
