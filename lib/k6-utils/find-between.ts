/**
 * The text between two markers, or null where they are not found in this order.
 * @param repeat true: every match, as an array (or null); default false: the first one
 * @throws Error if every match is asked for and both markers are empty
 * @example findBetween('<a>1</a><a>2</a>', '<a>', '</a>', true) // ['1', '2']
 */
export function findBetween(content: string, left: string, right: string, repeat?: false): string | null;
export function findBetween(content: string, left: string, right: string, repeat: true): string[] | null;
export function findBetween(content: string, left: string, right: string, repeat?: boolean): string | string[] | null;
export function findBetween(content: string, left: string, right: string, repeat = false): string | string[] | null {
  if (repeat && left === '' && right === '') throw new Error('findBetween: left and right are both empty');
  const matches: string[] = [];
  let position = 0;
  while (true) {
    const found = content.indexOf(left, position);
    if (found < 0) break;
    const start = found + left.length;
    const end = content.indexOf(right, start);
    if (end < 0) break;
    const match = content.slice(start, end);
    if (!repeat) return match;
    matches.push(match);
    position = end + right.length;
    // With an empty left marker the empty rest would match for ever.
    if (position >= content.length) break;
  }
  return matches.length > 0 ? matches : null;
}
