import { type Engine, isTicket } from '../engine.ts';

export interface Load {
  running: number;
  waiting: number;
}

/** What is counted and measured of one model's requests. */
export interface Meter {
  /** By the requests themselves, which do not know when they are preempted. */
  counts: Load;
  /** The same by who knows best. */
  load: Load;
  /** Of requests that began to answer. */
  promptTokens: number;
  generatedTokens: number;
  /** Time to first token, ms. */
  first(ms: number): void;
  /** Time from one token to the next, ms. */
  gap(ms: number): void;
  over(reason: 'stop' | 'length' | 'abort', request: Request): void;
}

/** Times are those of the engine's schedule, ms. */
export interface Request {
  promptTokens: number;
  /** Of the answer, so far. */
  tokens: number;
  since: number;
  startedAt: number;
  firstAt: number;
  lastAt: number;
}

/** The same engine, with every job on the meter. */
export function watch(engine: Engine, meter: Meter): Engine {
  const { counts } = meter;
  return {
    submit(job, events) {
      const { since, promptTokens } = job;
      const request: Request = { promptTokens, tokens: 0, since, startedAt: since, firstAt: since, lastAt: since };
      let state: keyof Load | 'over' = 'waiting';
      counts.waiting += 1;
      const become = (next: typeof state): void => {
        if (state !== 'over') counts[state] -= 1;
        if (next !== 'over') counts[next] += 1;
        state = next;
      };
      const end = (reason: Parameters<Meter['over']>[0]): void => {
        if (state === 'over') return;
        become('over');
        meter.over(reason, request);
      };
      const ticket = engine.submit(job, {
        started(at, cachedTokens) {
          become('running');
          request.startedAt = at;
          events.started(at, cachedTokens);
        },
        first(at) {
          request.firstAt = at;
          request.lastAt = at;
          meter.promptTokens += promptTokens;
          meter.first(at - since);
          events.first(at);
        },
        produced(count, at) {
          // Tokens that are told of together lie evenly between the last one told of and this one.
          const gaps = count - Math.max(1, request.tokens);
          for (let k = 0; k < gaps; k += 1) meter.gap((at - request.lastAt) / gaps);
          meter.generatedTokens += count - request.tokens;
          request.tokens = count;
          request.lastAt = at;
          if (count === job.tokens) end(job.finish);
          events.produced(count, at);
        },
      });
      if (!isTicket(ticket)) {
        become('over');
        return ticket;
      }
      return {
        release() {
          end('abort');
          ticket.release();
        },
      };
    },
  };
}
