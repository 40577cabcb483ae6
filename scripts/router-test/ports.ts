import { createServer } from 'node:net';
import { CommandError } from '../commands/exit.ts';

export const HOST = '127.0.0.1';

/** @throws CommandError where a fixed port is taken */
export async function portFor(flag: string, wanted: number | undefined): Promise<number> {
  const port = await listen(wanted ?? 0);
  if (port === undefined) throw new CommandError(`${flag} ${wanted}: the port is taken, or not allowed`);
  return port;
}

/** A port that was free a moment ago. */
function listen(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: HOST }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}
