import { expect } from 'vitest';

/** The same, numbers to nine digits: sums of floats in another order end in other bits. */
export const nearly = (value: unknown): unknown =>
  typeof value === 'number'
    ? expect.closeTo(value, 9 - Math.ceil(Math.log10(Math.abs(value) + 1)))
    : Array.isArray(value)
      ? value.map(nearly)
      : value !== null && typeof value === 'object'
        ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nearly(inner)]))
        : value;
