/** What makes a fault and undoes it. One small adapter a kind of fault; the scenario knows of none of them. */
export interface Injector {
  /** What the fault is called in tables. */
  readonly name: string;
  /** Makes the fault. Resolves to the epoch ms at which it took effect, where that is known. @throws Error with one line why not */
  inject(): Promise<number | undefined>;
  /** Undoes it, as `inject`. Safe to call again, and without a fault. */
  restore(): Promise<number | undefined>;
}
