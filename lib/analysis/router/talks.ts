import type { Columns } from '../columns/columns.ts';

/** Conversations of one model, and the backends that had their requests. */
export interface Talks {
  /** By conversation: code of the first backend that is known, −1 where none is. */
  first: Int32Array;
  /** Of those with two or more requests whose backend is known: how many each has. */
  sizes: Int32Array;
  /** How many of these had more than one backend. */
  moved: number;
}

/** @param rows requests of one model, in the order they were sent */
export function talksOf(columns: Columns, rows: readonly number[]): Talks {
  const { codes } = columns.category('backend');
  const index = new Map<string, number>();
  const first = new Int32Array(rows.length).fill(-1);
  const sizes = new Int32Array(rows.length);
  const changed = new Uint8Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const session = columns.text('session', row);
    if (!session) continue;
    let talk = index.get(session);
    if (talk === undefined) {
      talk = index.size;
      index.set(session, talk);
    }
    const code = codes[row] as number;
    if (code < 0) continue;
    sizes[talk] = (sizes[talk] as number) + 1;
    if ((first[talk] as number) < 0) first[talk] = code;
    else if (code !== first[talk]) changed[talk] = 1;
  }
  return {
    first: first.slice(0, index.size),
    sizes: sizes.filter((n) => n > 1),
    moved: changed.reduce((sum, c) => sum + c, 0),
  };
}

/**
 * Whether conversations stay with their backend more than requests that are sent out one by one would: nearer to all of them
 * than to what the backends' shares make by chance.
 * @param requests of each backend
 */
export function keepsTalks({ sizes, moved }: Talks, requests: readonly number[]): boolean {
  if (sizes.length === 0) return false;
  const all = requests.reduce((sum, n) => sum + n, 0);
  let chance = 0;
  for (const size of sizes) for (const n of requests) chance += (n / all) ** size / sizes.length;
  return 1 - moved / sizes.length >= (1 + chance) / 2;
}
