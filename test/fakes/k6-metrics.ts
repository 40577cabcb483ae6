/** k6/metrics outside k6: metrics that remember their samples. */
class Metric {
  readonly name: string;
  readonly samples: { value: number; tags: Record<string, string> }[] = [];
  constructor(name: string) {
    this.name = name;
    registered.set(name, this);
  }
  add(value: number, tags: Record<string, string> = {}): void {
    this.samples.push({ value, tags });
  }
}
/** Every metric made, by name. */
export const registered = new Map<string, Metric>();

export class Trend extends Metric {}
export class Counter extends Metric {}
export class Rate extends Metric {}
export class Gauge extends Metric {}
