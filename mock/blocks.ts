/**
 * A key for each whole block of a text: so many words, where that is no whole number a word more or less. A key stands
 * for its block and all before it. It is a hash of 53 bits; that two texts share one by chance is not to be expected.
 */
export function blockKeys(words: readonly string[], wordsPerBlock: number): number[] {
  const keys: number[] = [];
  let high = 0x9e3779b1;
  let low = 0x85ebca6b;
  let at = 0;
  for (let block = 1; Math.floor(block * wordsPerBlock) <= words.length; block += 1) {
    for (const end = Math.floor(block * wordsPerBlock); at < end; at += 1) {
      const word = words[at] as string;
      for (let i = 0; i <= word.length; i += 1) {
        const code = i < word.length ? word.charCodeAt(i) : 32;
        high = Math.imul(high ^ code, 0x01000193);
        low = Math.imul(low ^ code ^ (low >>> 15), 0x5bd1e995);
      }
    }
    keys.push((high >>> 0) * 2 ** 21 + (low >>> 11));
  }
  return keys;
}
