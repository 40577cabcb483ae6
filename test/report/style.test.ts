/** Text can be read: a contrast of 4.5 (WCAG 2.2, 1.4.3), light and dark. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync(new URL('../../report/browser/style.css', import.meta.url), 'utf8');
const [light, dark] = css
  .split('@media screen and (prefers-color-scheme: dark)')
  .map(
    (part) =>
      new Map([...part.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name, value as string])),
  );

/** Relative luminance of WCAG. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

const contrast = (a: string, b: string): number => {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
};

const TEXT = ['ink', 'muted', 'good', 'bad', 'warn-ink', 's1', 's5'];
const cases = [light, dark].flatMap((theme, k) =>
  TEXT.flatMap((name) => ['paper', 'ground'].map((ground) => [k ? 'dark' : 'light', name, ground, theme] as const)),
);

it.each(cases)('%s: %s on %s', (_, name, ground, theme) =>
  expect(contrast(theme?.get(name) as string, theme?.get(ground) as string)).toBeGreaterThanOrEqual(4.5),
);
