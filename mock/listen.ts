import { createServer, type RequestListener, type Server } from 'node:http';

/** A server that listens. */
export interface Listening {
  /** Without a closing slash. */
  url: string;
  port: number;
  /** Drops every connection and stops listening. */
  close(): Promise<void>;
}

/** Longer than clients keep idle connections, so that none is closed under a request that was just sent on it. */
const KEEP_ALIVE_MS = 120_000;

/** A load test opens its connections all at once; the kernel's own limit still applies. */
const BACKLOG = 8192;

/** @throws Error when the port is taken */
export async function listen(at: { port: number; host: string }, handle: RequestListener): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, handle);
  const port = await opened(server, at);
  const host = at.host.includes(':') ? `[${at.host}]` : at.host;
  return { url: `http://${host}:${port}`, port, close: () => close(server) };
}

function opened(server: Server, { port, host }: { port: number; host: string }): Promise<number> {
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
