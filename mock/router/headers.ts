/** Headers that belong to one connection. RFC 9110, section 7.6.1. Host and Content-Length are written anew where needed. */
const HOP_BY_HOP = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/** Raw headers (name, value, name, value, …) without those that end at this hop, and without these. */
export function endToEnd(raw: readonly string[], without: readonly string[] = []): string[] {
  const dropped = new Set(without);
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() !== 'connection') continue;
    for (const name of raw[i + 1]?.split(',') ?? []) dropped.add(name.trim().toLowerCase());
  }
  const kept: string[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [name = '', value = ''] = [raw[i], raw[i + 1]];
    if (!HOP_BY_HOP.has(name.toLowerCase()) && !dropped.has(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
