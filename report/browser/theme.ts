import type { Mark, Series } from '../charts/chart.ts';

/** The page's colours, as the style sheet has them now: light, dark, or on paper. */
export interface Theme {
  ink: string;
  muted: string;
  line: string;
  paper: string;
  font: string;
  of: (colour: Series['colour'] | Extract<Mark, { kind: 'band' }>['colour']) => string;
}

export function themeNow(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    muted: colour('muted'),
    line: colour('line'),
    paper: colour('paper'),
    font: getComputedStyle(document.body).fontFamily,
    of: colour,
  };
}
