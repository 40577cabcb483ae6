import { createRandom, integerBetween, type Random } from '../random.ts';

// k6 (since 1.0) and Node have it; neither k6's nor ES2023's types say so.
declare const crypto: { randomUUID(): string };

let random: Random = Math.random;

/**
 * Makes everything in this file repeatable from here on, `uuidv4(true)` apart. Every VU has its own copy of the module:
 * seeded alike they draw alike, so mix in what tells them apart: `seed(hashSeed(SEED, exec.scenario.iterationInTest))`.
 * Not in the jslib.
 * @param n any safe integer
 * @throws RangeError if it is none
 */
export function seed(n: number): void {
  random = createRandom(n);
}

/** An integer in [min, max], both included. */
export function randomIntBetween(min: number, max: number): number {
  return integerBetween(random, min, max);
}

/** One of the items, each equally likely; undefined for an empty array. */
export function randomItem<T>(arrayOfItems: readonly T[]): T {
  return arrayOfItems[Math.floor(random() * arrayOfItems.length)] as T;
}

/**
 * @param length in UTF-16 units of the charset
 * @param charset default a–z; a character that is in it twice is twice as likely
 * @throws RangeError for a length that is no integer ≥ 0 (the jslib never returns)
 */
export function randomString(length: number, charset = 'abcdefghijklmnopqrstuvwxyz'): string {
  if (!Number.isInteger(length) || length < 0) throw new RangeError(`length must be an integer ≥ 0, not ${length}`);
  let text = '';
  for (let i = 0; i < length; i++) text += charset.charAt(Math.floor(random() * charset.length));
  return text;
}

/**
 * A random UUID, version 4: 36 characters.
 * @param secure from the system's random source instead of the seedable one; default false
 */
export function uuidv4(secure = false): string {
  if (secure) return crypto.randomUUID();
  const digits = [word(), word(), word(), word()].join('');
  const variant = '89ab'.charAt(Math.floor(random() * 4));
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`;
}

/** Eight hexadecimal digits. */
function word(): string {
  return Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0');
}
