/** k6/metrics outside k6: metrics that remember their samples. */
class Metric {
  readonly name: string;
  readonly samples: { value: number; tags: Record<string, string> }[] = [];
  constructor(name: string) {
    this.name = name;
  }
  add(value: number, tags: Record<string, string> = {}): void {
    this.samples.push({ value, tags });
  }
}
export class Trend extends Metric {}
export class Counter extends Metric {}
export class Rate extends Metric {}
export class Gauge extends Metric {}
