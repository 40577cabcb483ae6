import type { Made } from './make.ts';
import { badRowsText } from './make.ts';

const whole = (n: number): string => n.toLocaleString('en');
const decimals = (n: number): string => n.toLocaleString('en', { maximumSignificantDigits: 3 });

/** What a plan holds, in a few lines. @param file as one would type it */
export function madeText(made: Made, file: string): string {
  const { format, rows, span, models, input, output, bytes, bad } = made;
  const seconds = span / 1000;
  const rate = seconds > 0 ? `, ${decimals((rows - 1) / seconds)} requests a second` : '';
  const tokens = [
    ...(input === undefined ? [] : [`${whole(Math.round(input))} in`]),
    ...(output === undefined ? [] : [`${whole(Math.round(output))} out`]),
  ];
  return [
    `${format}: ${whole(rows)} rows over ${timeText(seconds)}${rate}`,
    ...(tokens.length > 0 ? [`tokens, mean: ${tokens.join(', ')}`] : []),
    ...(models.length > 0 ? [`models: ${modelsText(models, rows)}`] : []),
    ...(bad.count > 0 ? [`skipped: ${badRowsText(bad)}`] : []),
    `wrote ${file}, ${decimals(bytes / 1e6)} MB; replay it: llmload run replay --trace ${file}`,
    '',
  ].join('\n');
}

/** The most asked for first. */
function modelsText(models: Made['models'], rows: number): string {
  const shown = models.toSorted((a, b) => b.rows - a.rows).slice(0, 8);
  const texts = shown.map((m) => `${m.name} ${decimals((100 * m.rows) / rows)} %`);
  return [...texts, ...(models.length > shown.length ? [`${models.length - shown.length} more`] : [])].join(', ');
}

function timeText(seconds: number): string {
  if (seconds < 100) return `${decimals(seconds)} s`;
  return seconds < 6000 ? `${decimals(seconds / 60)} min` : `${decimals(seconds / 3600)} h`;
}
