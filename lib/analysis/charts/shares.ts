/** The shares at which a distribution is drawn: dense where latencies are judged. */
export const SHARES: readonly number[] = [
  0,
  ...Array.from({ length: 99 }, (_, k) => (k + 1) / 100),
  ...Array.from({ length: 9 }, (_, k) => (991 + k) / 1000),
  1,
];
