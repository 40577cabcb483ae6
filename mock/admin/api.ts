import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../read-body.ts';
import type { Admin } from './admin.ts';
import { readAdminFault } from './faults.ts';
import type { AdminFault } from './protocol.ts';

/** The admin API; see protocol.ts. */
export async function answerAdmin(request: IncomingMessage, response: ServerResponse, admin: Admin): Promise<void> {
  const asked = `${request.method} ${request.url}`;
  try {
    if (asked === 'PUT /fault') {
      const fault = await faultIn(request, response);
      if (fault === undefined) return;
      await admin.inject(fault);
    } else if (asked === 'DELETE /fault') await admin.restore();
    else if (asked !== 'GET /fault') return send(response, 404, { error: `no such path: ${asked}` });
    send(response, 200, admin.state());
  } catch (e) {
    send(response, 500, { error: (e as Error).message });
  }
}

/** Undefined: it was no fault, and that has been said. */
async function faultIn(request: IncomingMessage, response: ServerResponse): Promise<AdminFault | undefined> {
  const body = await readBody(request);
  try {
    return readAdminFault(parse(`${body}`));
  } catch (e) {
    send(response, 400, { error: (e as Error).message });
    return undefined;
  }
}

/** What is no JSON is no fault, either, and shown as it is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function send(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}
