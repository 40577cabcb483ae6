/**
 * k6/x/tcp outside k6, over real sockets: what it shows of grafana/xk6-tcp. One handler an event, bytes as an array of
 * numbers, lent for the call; `close` comes last, after `error` too; a refused connection is an event and a rejection.
 */
import { type Socket as NodeSocket, connect as open } from 'node:net';
import { connect as openTls } from 'node:tls';

type Handler = (value?: unknown) => void;

/** Sockets that were made and not yet destroyed: in k6 the iteration would wait for them. */
export const alive = new Set<Socket>();

export class Socket {
  #handlers: Record<string, Handler> = {};
  #conn: NodeSocket | undefined;

  constructor() {
    alive.add(this);
  }

  on(event: string, handler: Handler): void {
    this.#handlers[event] = handler;
  }

  connect({ host, port, tls }: { host: string; port: number; tls: boolean }): Promise<void> {
    const fire = (event: string, value?: unknown) => this.#handlers[event]?.(value);
    return new Promise((resolve, reject) => {
      const conn = tls ? openTls({ host, port, rejectUnauthorized: false }) : open({ host, port });
      conn.once(tls ? 'secureConnect' : 'connect', () => {
        this.#conn = conn;
        fire('connect');
        resolve();
      });
      conn.on('data', (bytes: Buffer) => {
        const lent = Array.from(bytes);
        fire('data', lent);
        lent.fill(0);
      });
      conn.on('error', ({ message }) => {
        fire('error', { message });
        if (!this.#conn) reject({ message });
      });
      conn.on('close', () => fire('close'));
    });
  }

  write(text: string): Promise<void> {
    return new Promise((resolve, reject) => this.#conn?.write(text, (e) => (e ? reject(e) : resolve())));
  }

  destroy(): void {
    alive.delete(this);
    this.#conn?.destroy();
  }
}
