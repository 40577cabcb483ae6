import type { Columns } from '../../lib/analysis/columns/columns.ts';
import { type Load, type Step, stepName } from '../../lib/load/plan.ts';
import { createRandom, type Random } from '../../lib/random.ts';
import { arrivalTimes } from '../../lib/workload/arrivals.ts';
import { type Client, seenBy } from './client.ts';
import { columnsOfRows } from './columns.ts';
import { Rows } from './rows.ts';
import type { Model, Server } from './servers.ts';

/** A load for some time. */
export interface Phase {
  load: Load;
  seconds: number;
  /** Of its scenario and step; default `step_<load>`. */
  name?: string;
  /** Most in flight of an open loop; a start beyond it is dropped, or late where they are random. Default: without end. */
  vus?: number;
  /** Starts at random moments instead of evenly spaced ones; as many of them. */
  poisson?: boolean;
}

export const open = (rate: number, seconds: number, more: Partial<Phase> = {}): Phase => ({
  load: { kind: 'open', rate },
  seconds,
  ...more,
});
export const closed = (concurrency: number, seconds: number, more: Partial<Phase> = {}): Phase => ({
  load: { kind: 'closed', concurrency },
  seconds,
  ...more,
});

/** What phases in a row came to. */
export interface Simulated {
  columns: Columns;
  steps: Step[];
}

/**
 * k6 and a server in virtual time: no clock, no sockets, the same for the same seed. Each run begins with an idle server, has
 * its phases directly after each other (answers of one reach into the next) and ends with the last answer; the next run
 * goes on from there with the same random numbers.
 * @example new Simulation(slots({ slots: 16, ttft: 80, tokenTime: 4, tokens: 81 }), 7).run([open(30, 60), open(50, 60)])
 */
export class Simulation {
  /** Virtual ms. */
  now = 0;
  #model: Model;
  #random: Random;
  #client: Client | undefined;

  constructor(model: Model, seed: number, client?: Client) {
    this.#model = model;
    this.#random = createRandom(seed);
    this.#client = client;
  }

  run(phases: readonly Phase[]): Simulated {
    const rows = new Rows();
    const bare = this.#model.start(rows, this.#random);
    const server = this.#client ? seenBy(this.#client, bare, rows) : bare;
    const from = this.now;
    const inFlight = new Int32Array(phases.length);
    phases.forEach((phase, p) => {
      const end = this.now + phase.seconds * 1000;
      if (phase.load.kind === 'open') this.#openLoop(server, rows, inFlight, phase, p, end);
      else this.#closedLoop(server, rows, inFlight, phase.load.concurrency, p, end);
      this.#until(end, server, rows, inFlight);
      this.now = end;
    });
    while (server.next() < Number.POSITIVE_INFINITY) {
      this.now = server.next();
      server.happen();
    }
    const steps = phases.map(stepOf);
    const begins = steps.map((_, p) => steps.slice(0, p).reduce((at, { duration = 0 }) => at + duration, from));
    return { steps, columns: columnsOfRows(rows, steps, this.#client, from, this.now, begins) };
  }

  /** Phases of one length at the same time, on the one server, or on one of `models` each: the targets of a comparison. */
  together(phases: readonly Phase[], models: readonly Model[] = [this.#model]): Simulated {
    const rows = new Rows();
    const servers = models.map((model) => model.start(rows, this.#random));
    const arrive = (at: number, p: number, due?: number) =>
      (servers[p % servers.length] as Server).arrive(at, rows.add(at, p, due));
    const from = this.now;
    const end = from + (phases[0]?.seconds ?? 0) * 1000;
    const starts = phases.flatMap((phase, p) =>
      phase.load.kind === 'open'
        ? Array.from(startsOf(phase, this.#random), (at) => ({ at: from + at, p, due: at }))
        : Array.from({ length: phase.load.concurrency }, () => ({ at: from, p, due: Number.NaN })),
    );
    starts.sort((x, y) => x.at - y.at);
    for (let k = 0; ; ) {
      const server = servers.reduce((least, other) => (other.next() < least.next() ? other : least));
      const start = starts[k];
      if (start && start.at < server.next()) {
        arrive(start.at, start.p, start.due);
        k++;
        continue;
      }
      if (server.next() === Number.POSITIVE_INFINITY) break;
      this.now = server.next();
      const p = rows.phase[server.happen()];
      if (p !== undefined && phases[p]?.load.kind === 'closed' && this.now < end) arrive(this.now, p);
    }
    const steps = phases.map((phase) => ({ ...stepOf(phase), ...(phase.name && { target: phase.name }) }));
    const columns = columnsOfRows(
      rows,
      steps,
      this.#client,
      from,
      this.now,
      steps.map(() => from),
    );
    return { steps, columns };
  }

  #openLoop(server: Server, rows: Rows, inFlight: Int32Array, phase: Phase, p: number, end: number): void {
    const { poisson = false, vus: most = Number.POSITIVE_INFINITY } = phase;
    const starts = startsOf(phase, this.#random);
    let at = this.now;
    for (let k = 0; k < starts.length; k++) {
      const due = starts[k] as number;
      at = Math.max(at, this.now + due);
      this.#until(at, server, rows, inFlight);
      // Where no VU is free an evenly spaced start is dropped; a random one waits for the next that is, until time is up.
      while (poisson && (inFlight[p] as number) >= most && server.next() < end) {
        at = server.next();
        this.#until(at, server, rows, inFlight);
      }
      if ((inFlight[p] as number) >= most) continue;
      inFlight[p] = (inFlight[p] as number) + 1;
      server.arrive(at, rows.add(at, p, poisson ? due : Number.NaN));
    }
  }

  #closedLoop(server: Server, rows: Rows, inFlight: Int32Array, vus: number, p: number, end: number): void {
    inFlight[p] = vus;
    for (let vu = 0; vu < vus; vu++) server.arrive(this.now, rows.add(this.now, p));
    for (let at = server.next(); at < end; at = server.next()) {
      const row = server.happen();
      if (row < 0) continue;
      if (rows.phase[row] === p) server.arrive(at, rows.add(at, p));
      else leave(row, rows, inFlight);
    }
  }

  /** What happens up to a moment. */
  #until(at: number, server: Server, rows: Rows, inFlight: Int32Array): void {
    while (server.next() <= at) {
      const row = server.happen();
      if (row >= 0) leave(row, rows, inFlight);
    }
  }
}

function leave(row: number, rows: Rows, inFlight: Int32Array): void {
  const p = rows.phase[row] as number;
  inFlight[p] = (inFlight[p] as number) - 1;
}

/** When an open loop starts its requests, ms from its begin. */
function startsOf(phase: Phase, random: Random): Float64Array {
  const { load, seconds, poisson } = phase;
  const count = startsIn(phase);
  if (poisson) return arrivalTimes({ kind: 'poisson' }, count, 1000 * seconds, Math.floor(random() * 2 ** 32));
  const rate = load.kind === 'open' ? load.rate : 0;
  return Float64Array.from({ length: count }, (_, k) => (1000 * k) / rate);
}

const startsIn = ({ load, seconds }: Phase): number => (load.kind === 'open' ? Math.round(load.rate * seconds) : 0);

function stepOf(phase: Phase): Step {
  const { load, seconds, name } = phase;
  const scenario = name ?? stepName(load.kind === 'open' ? load.rate : load.concurrency);
  return {
    name: scenario,
    scenario,
    load,
    phase: 'steady',
    offset: 0,
    duration: seconds * 1000,
    ...(phase.poisson && { requests: startsIn(phase) }),
    judged: scenario !== 'baseline',
  };
}
