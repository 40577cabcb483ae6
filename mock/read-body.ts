import type { IncomingMessage } from 'node:http';

/** Far above any prompt, far below the machine's memory. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The body; 'too large' (the rest is thrown away); undefined when the client left before its end. */
export function readBody(request: IncomingMessage): Promise<Buffer | 'too large' | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BYTES) chunks.push(chunk);
    });
    request.once('end', () => resolve(size > MAX_BYTES ? 'too large' : Buffer.concat(chunks)));
    request.once('error', () => resolve(undefined));
    request.once('close', () => resolve(undefined));
  });
}
