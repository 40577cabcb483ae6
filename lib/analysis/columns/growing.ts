type Numbers = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

/** A list of numbers in one typed array, which doubles when it is full. */
export class Growing<A extends Numbers> {
  private readonly make: new (
    length: number,
  ) => A;
  private values: A;
  private n = 0;

  constructor(make: new (length: number) => A) {
    this.make = make;
    this.values = new make(16);
  }

  push(value: number): void {
    if (this.n === this.values.length) {
      const longer = new this.make(2 * this.n);
      longer.set(this.values);
      this.values = longer;
    }
    this.values[this.n++] = value;
  }

  at(index: number): number {
    return this.values[index] as number;
  }

  /** What is in it now, without a copy. */
  view(): A {
    return this.values.subarray(0, this.n) as A;
  }
}
