import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { bind } from './listen.ts';

/** held: connections stay, nothing passes. closed: the port refuses, and every connection was reset. */
export type NetworkState = 'open' | 'held' | 'closed';

/** What is between a server and its clients, and may break. */
export interface Network {
  /** Resolves when it is so. @throws Error when the port was taken by another meanwhile */
  become(state: NetworkState): Promise<void>;
  /** Whatever comes from a client or goes to one: at once, or in its turn when the network is held no more. */
  pass(go: () => void): void;
  /** The server is closed for good: what waits is let go. */
  end(): void;
  /** This connection was reset by `closed`: its client did not leave. */
  wasReset(socket: Socket): boolean;
}

/**
 * What a server reads while it is held it has not seen yet: to a client that is the same as the bytes being lost and sent
 * again. What is written waits in corked sockets, also where nobody asked `pass`.
 */
export function createNetwork(server: Server): Network {
  const sockets = new Set<Socket>();
  const killed = new WeakSet<Socket>();
  const waiting: (() => void)[] = [];
  let state: NetworkState = 'open';
  let closed: Promise<void> | undefined;
  let at: { port: number; host: string } = { port: 0, host: '' };

  server.on('connection', (socket) => {
    sockets.add(socket);
    if (state === 'held') socket.cork();
    socket.once('close', () => sockets.delete(socket));
  });

  function close(): void {
    const { address, port } = server.address() as AddressInfo;
    at = { port, host: address };
    for (const socket of sockets) {
      killed.add(socket);
      socket.resetAndDestroy();
    }
    closed = new Promise((resolve) => server.close(() => resolve()));
  }

  async function listenAgain(): Promise<void> {
    await closed;
    await bind(server, at);
    closed = undefined;
  }

  function letGo(): void {
    for (const go of waiting.splice(0)) go();
    for (const socket of sockets) socket.uncork();
  }

  return {
    async become(next) {
      const before = state;
      if (next === before) return;
      if (before === 'closed') await listenAgain();
      state = next;
      if (next === 'closed') close();
      if (next === 'held') for (const socket of sockets) socket.cork();
      if (before === 'held') letGo();
    },
    pass(go) {
      if (state === 'held') waiting.push(go);
      else go();
    },
    end() {
      state = 'open';
      letGo();
    },
    wasReset: (socket) => killed.has(socket),
  };
}
