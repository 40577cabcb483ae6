import { Bad } from './bad.ts';

/** `host:port` with or without scheme, path and a closing /v1 → an address without the /v1. @throws Bad */
export function parseUrl(text: string): string {
  const url = (/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`).replace(/\/+$/, '').replace(/\/v1$/, '');
  if (!/^https?:\/\/([^\s/?#]+@)?(\[[0-9a-f:.]+\]|[^\s/?#@:[\]]+)(:\d{1,5})?(\/[^\s?#]*)?$/i.test(url)) {
    throw new Bad('not an address', 'http(s)://host[:port][/path], or host:port');
  }
  return url;
}
