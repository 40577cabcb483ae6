import { Counter, Gauge, type Registry } from 'prom-client';

/** A gauge or a counter of what others counted: read when somebody asks, so that counting costs nothing. */
export interface Reading<T> {
  type: 'gauge' | 'counter';
  name: string;
  help: string;
  /** undefined = this one has none. */
  read: (of: T) => number | undefined;
}

/** Something that readings are taken of, under its labels. */
export interface Subject<T> {
  labels: Readonly<Record<string, string>>;
  of: T;
}

/** Whoever joins `subjects` later is read too. */
export function register<T>(
  registry: Registry,
  readings: readonly Reading<T>[],
  labelNames: readonly string[],
  subjects: readonly Subject<T>[],
): void {
  for (const { type, name, help, read } of readings) {
    const collect = (): void => {
      metric.reset();
      for (const { labels, of } of subjects) {
        const value = read(of);
        if (value !== undefined) metric.inc(labels, value);
      }
    };
    const config = { name, help, labelNames, registers: [registry], collect };
    const metric = type === 'gauge' ? new Gauge(config) : new Counter(config);
  }
}
