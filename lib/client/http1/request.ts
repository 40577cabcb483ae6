import type { Target } from './url.ts';

/** Bytes that a text takes as UTF-8. */
const byteLength = (text: string): number =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is that range
  /^[\x00-\x7f]*$/.test(text) ? text.length : encodeURIComponent(text).replace(/%../g, '.').length;

/**
 * A POST as it goes over the wire, but for its coding as UTF-8. A connection carries one request: the server is told so.
 * @param headers a name that stands twice, in whatever case, counts once: the last one
 * @throws Error where a header would become two
 */
export function requestText({ path, authority }: Target, headers: Record<string, string>, body: string): string {
  const lines = new Map<string, string>();
  const put = (name: string, value: string) => {
    if (/[\r\n\0]/.test(value) || !/^[^\s:]+$/.test(name)) throw new Error(`header ${name} cannot be sent`);
    lines.set(name.toLowerCase(), `${name}: ${value}\r\n`);
  };
  put('Host', authority);
  put('Accept-Encoding', 'identity');
  for (const name in headers) put(name, headers[name] as string);
  put('Content-Length', `${byteLength(body)}`);
  put('Connection', 'close');
  return `POST ${path} HTTP/1.1\r\n${[...lines.values()].join('')}\r\n${body}`;
}
