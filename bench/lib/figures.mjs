/** Nearest-rank quantile; NaN without values. */
export function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  return sorted.length === 0 ? Number.NaN : sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)];
}

/** Middle value; the mean of the middle two for an even number. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Prints rows under a head; the first column is left-aligned, the others right-aligned. */
export function printTable(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => String(cell)));
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  for (const row of cells) {
    console.log(
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    );
  }
}

/** A figure with so many decimals, – when it is not a number. */
export const number = (value, decimals = 0) => (Number.isFinite(value) ? value.toFixed(decimals) : '–');
