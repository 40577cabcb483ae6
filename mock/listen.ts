import { createServer, type RequestListener, type Server } from 'node:http';

/** A server that listens. */
export interface Listening {
  /** Without a closing slash. */
  url: string;
  port: number;
  /** Drops every connection and stops listening. */
  close(): Promise<void>;
}

export interface At {
  /** 0 = any free one. */
  port: number;
  host: string;
}

/** Longer than clients keep idle connections, so that none is closed under a request that was just sent on it. */
const KEEP_ALIVE_MS = 120_000;

/** A load test opens its connections all at once; the kernel's own limit still applies. */
const BACKLOG = 8192;

export const httpServer = (handle: RequestListener): Server =>
  createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handle);

/** @throws Error when the port is taken */
export async function listen(at: At, handle: RequestListener): Promise<Listening> {
  return open(httpServer(handle), at);
}

/** @throws Error when the port is taken */
export async function open(server: Server, at: At): Promise<Listening> {
  const port = await bind(server, at);
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  return { url: `http://${host}:${port}`, port, close: () => close(server) };
}

/** The port. @throws Error when it is taken */
export function bind(server: Server, { port, host }: At): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
