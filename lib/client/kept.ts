import type { CommonSettings } from '../settings/settings.ts';

/** Response headers that a driver hands on, by what they tell: how often backends were asked, or how often again. */
export type Kept = { readonly [what in 'backend' | 'attempts' | 'retries']?: string };

/** The names of those headers, by what they tell. */
export const keptHeaders = ({
  backendHeader,
  attemptsHeader,
}: Pick<CommonSettings, 'backendHeader' | 'attemptsHeader'>): Record<string, string> => ({
  ...(backendHeader !== undefined && { backend: backendHeader }),
  // LiteLLM's x-litellm-attempted-retries does not count the first attempt.
  ...(attemptsHeader !== undefined && { [/retries$/i.test(attemptsHeader) ? 'retries' : 'attempts']: attemptsHeader }),
});

/** How often backends were asked, 1 or more; undefined where the header is absent or says something else. */
export function attemptsOf({ attempts, retries }: Kept): number | undefined {
  const text = attempts ?? retries;
  if (text === undefined || !/^\d{1,9}$/.test(text)) return undefined;
  const count = Number(text) + (retries === undefined ? 0 : 1);
  return count >= 1 ? count : undefined;
}

/** Those of them that an answer has. */
export function keptOf(
  headers: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): Kept | undefined {
  let kept: Record<string, string> | undefined;
  for (const as in wanted) {
    const found = headerOf(headers, wanted[as] as string);
    if (!found) continue;
    kept ??= {};
    kept[as] = found;
  }
  return kept;
}

/** Whatever the case of its name: k6 writes names as Go does. */
export function headerOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const found = Object.keys(headers).find((each) => each.toLowerCase() === wanted);
  return found && headers[found];
}
