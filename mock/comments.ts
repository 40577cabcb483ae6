import type { Exchange } from './exchange.ts';

/** Keep-alive comments on one stream. */
export interface Comments {
  start(): void;
  /** Something else was sent: the silence begins anew. */
  heard(): void;
  stop(): void;
}

/** Lines that proxies and clients see as life, and nobody may take for a token. */
export function createComments(exchange: Exchange, everyMs: number, comment: string | undefined): Comments {
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    start() {
      if (everyMs <= 0 || comment === undefined || exchange.over) return;
      timer = setInterval(() => exchange.batch(() => exchange.write(comment)), everyMs);
      exchange.onOver(stop);
    },
    heard: () => void timer?.refresh(),
    stop,
  };
}
