/** What a simulated request came to, column by column; all times ms since the simulation began. */
export class Rows {
  n = 0;
  /** When it was sent. */
  t = new Float64Array(1024);
  /** From t on; NaN where no token came. */
  ttft = new Float64Array(1024);
  /** From t on: the last token, or the failure. */
  end = new Float64Array(1024);
  tokens = new Int32Array(1024);
  /** Index into OUTCOMES. */
  outcome = new Int32Array(1024);
  /** Which phase of the load it belongs to. */
  phase = new Int32Array(1024);
  /** Its planned start, from its phase's start on; NaN where the schedule is not ours. */
  due = new Float64Array(1024);
  /** What a router writes down. */
  routed: Routed | undefined;

  /** A request that is sent now; its number. */
  add(t: number, phase: number, due = Number.NaN): number {
    if (this.n === this.t.length) this.#grow();
    this.t[this.n] = t;
    this.phase[this.n] = phase;
    this.due[this.n] = due;
    return this.n++;
  }

  answer(row: number, ttft: number, end: number, tokens: number): void {
    this.ttft[row] = ttft;
    this.end[row] = end;
    this.tokens[row] = tokens;
  }

  fail(row: number, outcome: (typeof OUTCOMES)[number], end: number): void {
    this.answer(row, Number.NaN, end, 0);
    this.outcome[row] = OUTCOMES.indexOf(outcome);
  }

  #grow(): void {
    const longer = <A extends Float64Array | Int32Array>(from: A): A => {
      const to = new (from.constructor as new (n: number) => A)(2 * from.length);
      to.set(from);
      return to;
    };
    this.t = longer(this.t);
    this.ttft = longer(this.ttft);
    this.end = longer(this.end);
    this.tokens = longer(this.tokens);
    this.outcome = longer(this.outcome);
    this.phase = longer(this.phase);
    this.due = longer(this.due);
  }
}

export const OUTCOMES = ['ok', 'rate_limited', 'timeout_first', 'wrong_model', 'swapped'] as const;

/** By row; the codes are indexes into these names. */
export interface Routed {
  models: string[];
  backends: string[];
  model: number[];
  answered: number[];
  backend: number[];
  session: string[];
}
