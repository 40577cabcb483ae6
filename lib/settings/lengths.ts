import { Bad } from './bad.ts';

/** Tokens of prompts or answers: a number for all, or a distribution. Bounds are inclusive; `file` has a length a line. */
export type Lengths =
  | number
  | { kind: 'uniform'; min: number; max: number }
  | { kind: 'normal'; mean: number; sd: number; min: number; max: number }
  | { kind: 'lognormal'; median: number; sigma: number; min: number; max: number }
  | { kind: 'file'; path: string };

export const LENGTHS_ALLOWED =
  'a whole number of 1 or more, or as in uniform:64..512, normal:256,200:10..4096, lognormal:256,0.8:10..4096, file:lengths.txt';

/**
 * `128` · `uniform:MIN..MAX` · `normal:MEAN,SD:MIN..MAX` (or MEAN±SD) · `lognormal:MEDIAN,SIGMA:MIN..MAX`, where SIGMA is the
 * standard deviation of the logarithm · `file:PATH`. A mean or median lies within its bounds.
 * @throws Bad
 */
export function parseLengths(text: string): Lengths {
  const at = text.indexOf(':');
  const kind = text.slice(0, Math.max(0, at)).trim();
  const rest = text.slice(at + 1).trim();
  switch (kind) {
    case '':
      if (!isLength(rest)) throw bad('not a whole number of 1 or more');
      return Number(rest);
    case 'uniform': {
      const [min, max] = numbers(/^(\d+)\.\.(\d+)$/, rest, 'uniform:MIN..MAX');
      return { kind, ...bounds(min, max) };
    }
    case 'normal': {
      const form = /^(\d+(?:\.\d+)?) *[,±] *(\d+(?:\.\d+)?):(\d+)\.\.(\d+)$/;
      const [mean, sd, min, max] = numbers(form, rest, 'normal:MEAN,SD:MIN..MAX');
      return { kind, mean, sd: above0('SD', sd), ...bounds(min, max, mean, 'mean') };
    }
    case 'lognormal': {
      const form = /^(\d+(?:\.\d+)?) *, *(\d+(?:\.\d+)?):(\d+)\.\.(\d+)$/;
      const [median, sigma, min, max] = numbers(form, rest, 'lognormal:MEDIAN,SIGMA:MIN..MAX');
      return { kind, median, sigma: above0('SIGMA', sigma), ...bounds(min, max, median, 'median') };
    }
    case 'file':
      if (rest === '') throw bad('names no file');
      return { kind, path: rest };
    default:
      throw bad(`"${kind}" is no distribution`);
  }
}

/** The text is a length in tokens. */
export const isLength = (text: string): boolean => /^\d+$/.test(text) && Number(text) >= 1;

const bad = (wrong: string): Bad => new Bad(wrong, LENGTHS_ALLOWED);

function numbers(form: RegExp, text: string, name: string): [number, number, number, number] {
  const found = form.exec(text);
  if (!found) throw bad(`not ${name}`);
  return found.slice(1).map(Number) as [number, number, number, number];
}

function bounds(min: number, max: number, centre = min, name = ''): { min: number; max: number } {
  if (min < 1) throw bad('its bounds begin below 1');
  if (max < min) throw bad(`its bounds fall from ${min} to ${max}`);
  // Else next to nothing of the distribution may be left within them.
  if (centre < min || centre > max) throw bad(`its ${name} ${centre} lies outside ${min}..${max}`);
  return { min, max };
}

function above0(name: string, value: number): number {
  if (value > 0) return value;
  throw bad(`${name} is not above 0`);
}
