import type { Response } from 'k6/http';

/** What a fake request was: tests read it back. */
export interface Asked {
  method: string;
  url: string;
  body?: string;
  params: { headers?: Record<string, string>; tags?: Record<string, string>; timeout?: number; redirects?: number };
}

/** k6/http outside k6: a server of one function. */
export const server = {
  asked: [] as Asked[],
  answer: (_: Asked): Partial<Response> => ({}),
};

/** A k6 response with these parts; status 0 and no times unless said. */
export const responseOf = ({ timings, ...parts }: Partial<Response>): Response =>
  ({
    status: 0,
    error: '',
    error_code: 0,
    body: null,
    headers: {},
    timings: {
      blocked: 0,
      connecting: 0,
      tls_handshaking: 0,
      sending: 0,
      waiting: 0,
      receiving: 0,
      duration: 0,
      ...timings,
    },
    ...parts,
  }) as Response;

const ask = (asked: Asked): Response => {
  server.asked.push(asked);
  return responseOf(server.answer(asked));
};

export default {
  request: (method: string, url: string, body: string, params: Asked['params'] = {}) =>
    ask({ method, url, body, params }),
  expectedStatuses: (...statuses: unknown[]) => statuses,
  get: (url: string, params: Asked['params'] = {}) => ask({ method: 'GET', url, params }),
};
