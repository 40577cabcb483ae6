// The limit of a server with slots under Poisson arrivals, by a simulation of its own: not one that the product shares.

/** Requests of a run: enough for a p99 that a queue, which comes and goes, moves by less than two per cent. */
const REQUESTS = 200_000;

/** Numbers in [0, 1): mulberry32. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** p99 of the TTFT, s, at a rate: each request takes the slot that is free first, and the queue is first come, first served. */
function ttftP99({ slots, ttft, ttftSpread, rest, restSpread }, rate) {
  const random = randomOf(1);
  const around = (value, spread) => value * (1 + spread * (2 * random() - 1));
  const free = new Float64Array(slots);
  const times = new Float64Array(REQUESTS);
  for (let at = 0, k = 0; k < REQUESTS; k++) {
    at -= Math.log(1 - random()) / rate;
    let slot = 0;
    for (let s = 1; s < slots; s++) if (free[s] < free[slot]) slot = s;
    const first = Math.max(at, free[slot]) + around(ttft, ttftSpread);
    free[slot] = first + around(rest, restSpread);
    times[k] = first - at;
  }
  return times.sort()[Math.floor(0.99 * REQUESTS)];
}

/**
 * The rate at which the TTFT p99 reaches twice what it is at the baseline.
 * @param server s to the first token, s for the rest, and by what share of them they vary (evenly)
 */
export function limitOfSlots(server, baseline) {
  const line = 2 * ttftP99(server, baseline);
  let [low, high] = [baseline, server.slots / (server.ttft + server.rest)];
  while (high / low > 1.002) {
    const middle = (low + high) / 2;
    if (ttftP99(server, middle) > line) high = middle;
    else low = middle;
  }
  return low;
}
