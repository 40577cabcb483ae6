/** What the injector itself says of what it did. */
export interface Effect {
  /** Epoch ms at which it took effect, where that is known. */
  at?: number;
  /** What the fault is called, where only the injector knows. */
  name?: string;
}

/** What makes a fault and undoes it. One small adapter a kind of fault; the scenario knows of none of them. */
export interface Injector {
  /** What the fault is called in tables. */
  readonly name: string;
  /** How a person undoes it, as one types it. */
  readonly byHand: string;
  /** Can it be reached at all? Makes no fault. @throws Error with one line why not */
  check(): Promise<void>;
  /** Makes the fault. @param log a file for what it runs to write to @throws Error with one line why not */
  inject(log: string): Promise<Effect>;
  /** Undoes it, as `inject`. Safe to call again, and without a fault. Absent: it heals by itself. */
  restore?(log: string): Promise<Effect>;
}
