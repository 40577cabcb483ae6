/** JSON that may stand inside a script element: nothing in it ends the element, or a line of a script. */
export const json = (value: unknown): string =>
  JSON.stringify(value).replace(/[<\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
