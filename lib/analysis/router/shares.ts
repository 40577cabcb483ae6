import type { Columns } from '../columns/columns.ts';
import { quantile } from '../stats/quantile.ts';
import type { RouterAsked } from './asked.ts';
import { keepsTalks, talksOf } from './talks.ts';

/** What one backend had of one model's requests. */
export interface BackendShare {
  name: string;
  /** Its weight over the sum of them; 0 where ROUTES does not allow it. */
  due: number;
  requests: number;
  /** Requests or conversations; see ModelShares. */
  count: number;
  /** Time that its requests were in flight, summed, ms. */
  busy: number;
  /** ms */
  ttftP50: number | null;
}

/** Who answered for one model. */
export interface ModelShares {
  model: string;
  requests: number;
  /** Those that ROUTES allows, then others that were seen; without ROUTES those seen. */
  backends: BackendShare[];
  /** Of those that ROUTES allows; undefined where it gives none. */
  weights: number[] | undefined;
  /**
   * What the router decides on, independent of each other: conversations, by their first request, where it keeps them with a
   * backend; else requests.
   */
  unit: 'requests' | 'conversations';
  /** All of them; and those of which nobody knows who had them: they failed before an answer could say it. */
  count: number;
  unknown: number;
  /** Requests in flight at these backends on average, those of other models too. */
  inFlight: number;
  /** Conversations of two or more requests whose backend is known, and those of them that changed it. */
  talks: number;
  moved: number;
}

/**
 * @param rows measured requests
 * @param ms that they took together
 */
export function sharesOf(columns: Columns, rows: Int32Array, ms: number, asked: RouterAsked): ModelShares[] {
  const { values, codes } = columns.category('model');
  const lists = values.map((): number[] => []);
  for (let i = 0; i < rows.length; i++) lists[codes[rows[i] as number] as number]?.push(rows[i] as number);
  const shares = values.flatMap((model, code) => {
    const own = lists[code] as number[];
    return own.length > 0 ? [sharesOfModel(columns, model, own, asked)] : [];
  });
  const all = shares.flatMap((s) => s.backends);
  return shares.map((s) => {
    const names = s.backends.filter((b) => b.due > 0).map((b) => b.name);
    return { ...s, inFlight: all.reduce((sum, b) => sum + (names.includes(b.name) ? b.busy : 0), 0) / ms };
  });
}

function sharesOfModel(
  columns: Columns,
  model: string,
  rows: readonly number[],
  asked: RouterAsked,
): Omit<ModelShares, 'inFlight'> {
  const { values } = columns.category('backend');
  const tallies = tally(columns, rows);
  const requests = tallies.map((t) => t.requests);
  const talks = talksOf(columns, rows);
  const byTalk = talks.first.length > 0 && (asked.affinity === true || keepsTalks(talks, requests));

  const routes = (asked.routes ?? []).filter((r) => r.model === model);
  const seen = values.filter((_, code) => (requests[code] as number) > 0);
  const allowed = routes.length > 0 ? routes.map((r) => r.backend) : seen;
  const weights = routes.some((r) => r.weight !== undefined) ? routes.map((r) => r.weight ?? 1) : undefined;
  const all = weights?.reduce((sum, w) => sum + w, 0) ?? allowed.length;
  const backends = [...allowed, ...seen.filter((name) => !allowed.includes(name))].map((name, k): BackendShare => {
    const code = values.indexOf(name);
    const { ttfts, ...own } = tallies[code] ?? { requests: 0, busy: 0, ttfts: [] };
    return {
      name,
      due: k < allowed.length ? (weights?.[k] ?? 1) / all : 0,
      ...own,
      count: byTalk ? talks.first.filter((first) => first === code).length : own.requests,
      ttftP50: ttfts.length > 0 ? quantile(Float64Array.from(ttfts).sort(), 0.5) : null,
    };
  });
  const known = backends.reduce((sum, b) => sum + b.count, 0);
  const count = byTalk ? talks.first.length : rows.length;
  return {
    model,
    requests: rows.length,
    backends,
    weights,
    unit: byTalk ? 'conversations' : 'requests',
    count,
    unknown: count - known,
    talks: talks.sizes.length,
    moved: talks.moved,
  };
}

/** By code of the backend. */
function tally(columns: Columns, rows: readonly number[]) {
  const { values, codes } = columns.category('backend');
  const end = columns.number('end');
  const ttft = columns.number('ttft');
  const tallies = values.map(() => ({ requests: 0, busy: 0, ttfts: [] as number[] }));
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const own = tallies[codes[row] as number];
    if (!own) continue;
    own.requests++;
    own.busy += end[row] || 0;
    if ((ttft[row] as number) >= 0) own.ttfts.push(ttft[row] as number);
  }
  return tallies;
}
