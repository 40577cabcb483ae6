/** Some servers repeat the key they refuse. What is printed or stored goes through here. */

/** Shorter values would mask words that merely look like them. */
const SHORTEST = 8;

interface SecretSettings {
  apiKey: string | undefined;
  headers: Record<string, string> | undefined;
}

/** Values that nobody may see: the key, and whatever headers carry; of `Bearer …` what comes after it. */
export const secretsOf = ({ apiKey, headers }: SecretSettings): string[] =>
  [apiKey, ...Object.values(headers ?? {}).map((v) => v.replace(/^(bearer|basic|token) +/i, ''))].filter(
    (v): v is string => v !== undefined && v.length >= SHORTEST,
  );

/** Addresses that are secrets, and what of them would tell: host, path and values. */
export const piecesOf = (urls: readonly (string | undefined)[]): string[] =>
  urls
    .filter((url) => url !== undefined)
    .flatMap((url) => [url, ...url.split(/[^\w.~-]+/)])
    .filter((piece) => piece.length >= SHORTEST);

/** The text without them, as they are or inside a JSON string. */
export const mask = (text: string, secrets: readonly string[]): string =>
  secrets.reduce(
    (all, secret) => all.replaceAll(secret, '…').replaceAll(JSON.stringify(secret).slice(1, -1), '…'),
    text,
  );

/** `http://user:secret@host` → `http://…@host`. */
export const maskUrl = (url: string): string => url.replace(/\/\/[^/?#]*@/, '//…@');
