import type { Random } from '../../lib/random.ts';
import { type Draw, drawOf } from './draw.ts';
import { Heap } from './heap.ts';
import type { Rows } from './rows.ts';

/** A server under way, in virtual ms. Its calls come in the order of time. It writes what it did into the rows. */
export interface Server {
  arrive: (at: number, row: number) => void;
  /** When something happens next; Infinity while it is idle. */
  next: () => number;
  /** Lets it happen. The row of the request that ended with it, −1 where none did. */
  happen: () => number;
}

/** A kind of server with its figures. */
export interface Model {
  /** The most requests a second that it can answer for long. */
  capacity: number;
  start: (rows: Rows, random: Random) => Server;
}

/** One request alone: the first token after `ttft` ms, each of the others `tokenTime` ms after the one before. */
export interface Service {
  ttft: number | Draw;
  tokenTime: number;
  tokens: number | Draw;
}

const tokensOf = (draw: Draw, random: Random): number => Math.max(1, Math.round(draw.draw(random)));

/** Mean ms that one request alone takes. */
export const serviceTime = ({ ttft, tokenTime, tokens }: Service): number =>
  drawOf(ttft).mean + (drawOf(tokens).mean - 1) * tokenTime;

/** Servers whose answer is settled when the request arrives: it only has to end in its time. */
function settled(serve: (at: number, row: number) => void, rows: Rows): Server {
  const ends = new Heap();
  return {
    arrive(at, row) {
      serve(at, row);
      ends.push(at + (rows.end[row] as number), row);
    },
    next: () => ends.least(),
    happen: () => ends.pop(),
  };
}

/** llmload's FIRST_TOKEN_TIMEOUT: who has waited so long leaves the queue. */
const FIRST_TOKEN_TIMEOUT = 60_000;
/** How long it takes to turn a request away, ms. */
const REJECTION = 2;

interface Slots extends Service {
  slots: number;
  /** Requests that may wait; one more is turned away with 429. Default: without end. */
  queue?: number;
}

/** N slots, each with one request at a time, and a queue: first come, first served. Capacity = slots / mean service time. */
export function slots({ slots: count, queue = Number.POSITIVE_INFINITY, ...service }: Slots): Model {
  const ttft = drawOf(service.ttft);
  const tokens = drawOf(service.tokens);
  return {
    capacity: (1000 * count) / serviceTime(service),
    start(rows, random) {
      /** When each slot becomes free. */
      const free = new Heap();
      for (let slot = 0; slot < count; slot++) free.push(0, slot);
      /** When those in the queue will leave it, in their order. */
      const leaving: number[] = [];
      let left = 0;
      return settled((at, row) => {
        const begin = Math.max(at, free.least());
        const wait = begin - at;
        while (left < leaving.length && (leaving[left] as number) <= at) left++;
        if (wait > 0 && leaving.length - left >= queue) return rows.fail(row, 'rate_limited', REJECTION);
        if (wait > 0) leaving.push(Math.min(begin, at + FIRST_TOKEN_TIMEOUT));
        if (wait > FIRST_TOKEN_TIMEOUT) return rows.fail(row, 'timeout_first', FIRST_TOKEN_TIMEOUT);
        const n = tokensOf(tokens, random);
        const first = wait + ttft.draw(random);
        const end = first + (n - 1) * service.tokenTime;
        free.push(at + end, free.pop());
        rows.answer(row, first, end, n);
      }, rows);
    },
  };
}

/** No limit at all: every request is served alone. */
export const flat = (service: Service): Model => cliff({ ...service, above: Number.POSITIVE_INFINITY });

interface Cliff extends Service {
  /** Requests a second beyond which the TTFT is `factor` (default 3) times as long. No queue grows. */
  above: number;
  factor?: number;
  /** Arrivals over which the rate is taken, default 16. */
  pace?: number;
}

export function cliff({ above, factor = 3, pace = 16, ...service }: Cliff): Model {
  const ttft = drawOf(service.ttft);
  const tokens = drawOf(service.tokens);
  return {
    capacity: Number.POSITIVE_INFINITY,
    start(rows, random) {
      const arrivals = new Float64Array(pace).fill(Number.NEGATIVE_INFINITY);
      let seen = 0;
      return settled((at, row) => {
        const fast = ((at - (arrivals[seen % pace] as number)) * above) / 1000 < pace * (1 - 1e-9);
        arrivals[seen++ % pace] = at;
        const n = tokensOf(tokens, random);
        const first = ttft.draw(random) * (fast ? factor : 1);
        rows.answer(row, first, first + (n - 1) * service.tokenTime, n);
      }, rows);
    },
  };
}

interface Slowing extends Service {
  /** Tokens a second of all requests together; beyond it all of them slow down alike. */
  tokenRate: number;
  /** Requests served at once; more than these wait, first come, first served. */
  batch: number;
}

/**
 * As continuous batching is: requests share a token rate, so the time between tokens grows with those in flight, and TTFT
 * stays as it is until the batch is full. `clock` is what one request of the batch has been given since the start, in tokens.
 */
export function slowing({ tokenRate, batch, ...service }: Slowing): Model {
  const ttft = drawOf(service.ttft);
  const tokens = drawOf(service.tokens);
  const alone = 1 / service.tokenTime;
  const shared = tokenRate / 1000;
  return {
    capacity: Math.min(tokenRate / (tokens.mean - 1), (1000 * batch) / serviceTime(service)),
    start(rows, random) {
      const waiting: number[] = [];
      let taken = 0;
      /** Prompts in work, by the time of their first token; answers in work, by the clock at their last. */
      const prompts = new Heap();
      const answers = new Heap();
      let clock = 0;
      let now = 0;
      const pace = () => Math.min(alone, shared / answers.size);
      const lastToken = () => (answers.size > 0 ? now + Math.max(0, answers.least() - clock) / pace() : Infinity);
      const pass = (at: number) => {
        if (answers.size > 0) clock += (at - now) * pace();
        now = at;
      };
      const begin = (row: number) => prompts.push(now + ttft.draw(random), row);
      return {
        arrive(at, row) {
          pass(at);
          if (prompts.size + answers.size < batch) begin(row);
          else waiting.push(row);
        },
        next: () => Math.min(prompts.least(), lastToken()),
        happen() {
          if (prompts.least() <= lastToken()) {
            pass(prompts.least());
            const row = prompts.pop();
            const n = tokensOf(tokens, random);
            rows.answer(row, now - (rows.t[row] as number), Number.NaN, n);
            answers.push(clock + n - 1, row);
            return -1;
          }
          pass(lastToken());
          const row = answers.pop();
          rows.end[row] = now - (rows.t[row] as number);
          if (taken < waiting.length) begin(waiting[taken++] as number);
          return row;
        },
      };
    },
  };
}

/** The same server, its times longer by a factor that changes with time. Only for servers that settle an answer on arrival. */
export const drifting = (model: Model, factor: (at: number) => number): Model => ({
  ...model,
  start(rows, random) {
    const slower = Object.create(rows) as Rows;
    slower.answer = (row, ttft, end, tokens) => {
      const by = factor(rows.t[row] as number);
      rows.answer(row, by * ttft, by * end, tokens);
    };
    return model.start(slower, random);
  },
});
