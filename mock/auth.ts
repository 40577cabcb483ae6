import type { IncomingMessage } from 'node:http';
import type { MockOptions } from './options.ts';
import type { ApiError } from './protocol.ts';

/** Without a key in the options everybody may. */
export function isAuthorized(request: IncomingMessage, { apiKey }: MockOptions): boolean {
  return apiKey === '' || request.headers.authorization === `Bearer ${apiKey}`;
}

export const INVALID_KEY: ApiError = {
  message: 'Incorrect API key provided',
  type: 'invalid_request_error',
  code: 'invalid_api_key',
};
