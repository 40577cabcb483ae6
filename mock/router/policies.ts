/** Chooses one of some backends, by index, for a model. */
type Pick = (model: string, among: readonly number[]) => number;

/**
 * Smooth weighted round robin, turns counted for each model: in every cycle each backend comes up exactly as often as
 * its weight says, spread out. The algorithm is nginx's (ngx_http_upstream_round_robin.c, commit 52327e0627).
 */
export function createTurns(weights: readonly number[]): Pick {
  const byModel = new Map<string, number[]>();
  return (model, among) => {
    const current = byModel.get(model) ?? weights.map(() => 0);
    byModel.set(model, current);
    let best = -1;
    let total = 0;
    for (const index of among) {
      const weight = weights[index] ?? 0;
      total += weight;
      current[index] = (current[index] ?? 0) + weight;
      if (best < 0 || (current[index] ?? 0) > (current[best] ?? 0)) best = index;
    }
    current[best] = (current[best] ?? 0) - total;
    return best;
  };
}

/** Those with the fewest requests in flight for their weight, as nginx's least_conn has it. */
export function leastBusy(among: readonly number[], inFlight: readonly number[], weights: readonly number[]): number[] {
  const load = (index: number): number => (inFlight[index] ?? 0) / (weights[index] ?? 1);
  const least = Math.min(...among.map(load));
  return among.filter((index) => load(index) === least);
}

/**
 * Weighted rendezvous hashing: the backend with the highest −weight / ln(hash of session and name). When a backend
 * goes, only its sessions move. Schindelhauer and Schomaker, Weighted Distributed Hash Tables (2005).
 */
export function rendezvous(
  session: string,
  among: readonly number[],
  names: readonly string[],
  weights: readonly number[],
): number {
  let best = -1;
  let highest = -Infinity;
  for (const index of among) {
    const score = -(weights[index] ?? 1) / Math.log(hash(`${session}\n${names[index]}`));
    if (score <= highest) continue;
    highest = score;
    best = index;
  }
  return best;
}

/** A text as a number in (0, 1): FNV-1a, its bits mixed as MurmurHash3 does at its end. */
function hash(text: string): number {
  let bits = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) bits = Math.imul(bits ^ text.charCodeAt(at), 0x01000193);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32 + 2 ** -33;
}
