/** Four figures are more than a chart shows, and keep a page small. */
export const rounded = (value: number): number => Number(value.toPrecision(4));
