import { readFileSync } from 'node:fs';
import { SIGNALS } from '../../lib/analysis/server/catalogue.ts';
import { Bad } from '../../lib/settings/bad.ts';

/** A query of one's own: in place of a signal's, or of something else. Its values are taken as they are, a rate is rate(…). */
export interface OwnQuery {
  name: string;
  /** Absent: as usual; then it is a signal, and this its limit. */
  query?: string;
  limit?: number;
  unit?: string;
}

const ALLOWED = `names with a PromQL expression, or {"query", "limit", "unit"}; of these a limit alone will do: ${Object.keys(SIGNALS).join(', ')}`;

/** A JSON file of queries. @throws Bad */
export function readQueries(path: string): OwnQuery[] {
  return Object.entries(objectOf(contentOf(path), 'the file')).map(([name, value]) => {
    const own = typeof value === 'string' ? { query: value } : objectOf(value, `"${name}"`);
    const unknown = Object.keys(own).find((key) => !['query', 'limit', 'unit'].includes(key));
    if (unknown !== undefined) throw new Bad(`"${name}" has an unknown key "${unknown}"`, 'query, limit, unit');
    const { query, limit, unit } = own as Record<string, unknown>;
    const limits = query === undefined && limit !== undefined && Object.hasOwn(SIGNALS, name);
    if (!limits && (typeof query !== 'string' || query.trim() === '')) throw new Bad(`"${name}" has no query`, ALLOWED);
    if (limit !== undefined && !(typeof limit === 'number' && limit > 0 && Number.isFinite(limit)))
      throw new Bad(`the limit of "${name}" is ${JSON.stringify(limit)}`, 'a number above 0');
    if (unit !== undefined && typeof unit !== 'string')
      throw new Bad(`the unit of "${name}" is ${JSON.stringify(unit)}`, 'a text');
    return {
      name,
      ...(!limits && { query: query as string }),
      ...(limit !== undefined && { limit }),
      ...(unit !== undefined && { unit }),
    };
  });
}

function contentOf(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    throw new Bad(code === 'ENOENT' ? 'there is no such file' : message, 'a JSON file of queries');
  }
  try {
    return JSON.parse(text);
  } catch (e) {
    throw new Bad(`no JSON: ${(e as Error).message}`, ALLOWED);
  }
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Bad(`${what} is no object`, ALLOWED);
}
