/** Answers that no recorded server gave, and that HTTP/1.1 or a router in between may well give. */
import type { Completion } from '../../lib/completion.ts';
import type { Closing, Recording } from '../replay/recording.ts';

/** Of the run that asks for them. */
export const WRITTEN_SETTINGS = { BACKEND_HEADER: 'X-Backend', ATTEMPTS_HEADER: 'x-router-attempts' };

export const NONCE = '0123456789ab';

export interface Written {
  answer: string;
  closing?: Closing;
  /** How many times the prompt says "Hi"; default once. */
  times?: number;
  /** What every driver must make of it. */
  wanted: Partial<Completion>;
}

const frame = (content: string) => `data: {"choices":[{"delta":{"content":"${content}"}}]}\n\n`;
const LAST = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const BODY = `${frame('Hi')}${frame(' there')}${LAST}`;
const ERROR = '{"error":{"message":"later"}}\n';
const OK = { outcome: 'ok', status: 200, frames: 2, text: 'Hi there', finish: 'stop' } as const;

const chunk = (text: string, extension = '') => `${Buffer.byteLength(text).toString(16)}${extension}\r\n${text}\r\n`;
const head = (status: string, ...headers: string[]) =>
  `HTTP/1.1 ${status}\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`;
const sized = (status: string, body: string, ...headers: string[]) =>
  `${head(status, `Content-Length: ${Buffer.byteLength(body)}`, ...headers)}${body}`;
const STREAM = 'Content-Type: text/event-stream';
const chunked = (...headers: string[]) => head('200 OK', STREAM, 'Transfer-Encoding: chunked', ...headers);

export const WRITTEN: Record<string, Written> = {
  'who-answered': {
    answer: sized('200 OK', BODY, STREAM, 'x-BACKEND: b1', 'X-Router-Attempts: 3'),
    wanted: { ...OK, backend: 'b1', attempts: 3 },
  },
  'who-refused': {
    answer: sized('429 Slow Down', ERROR, 'x-backend: b2', 'X-ROUTER-ATTEMPTS: 2', 'retry-after: 7'),
    wanted: { outcome: 'rate_limited', status: 429, backend: 'b2', attempts: 2, retryAfter: 7, frames: 0 },
  },
  'who-fell-over': {
    answer: sized('502 Bad Gateway', ERROR, 'Content-Type: text/plain', 'X-Backend: b3', 'X-Router-Attempts: 0'),
    wanted: { outcome: 'http_error', status: 502, backend: 'b3', error: 'HTTP 502: later', frames: 0 },
  },
  'says-its-nonce': {
    answer: sized('200 OK', `${frame(`[${NONCE} b4]`)}${frame(' Hi')}${LAST}`, STREAM),
    wanted: { outcome: 'ok', echo: 'own', backend: 'b4', text: `[${NONCE} b4] Hi` },
  },
  'others-before': {
    answer: `${head('100 Continue')}${head('103 Early Hints', 'Link: </x>')}${sized('200 OK', BODY, STREAM)}`,
    wanted: OK,
  },
  'chunks-extended': {
    answer: `${chunked('Trailer: X-Sum')}${chunk(frame('Hi'), ';a=b')}${chunk(frame(' there'), ';c="d;e"')}${chunk(LAST)}0;last\r\nX-Sum: 1\r\n\r\n`,
    wanted: OK,
  },
  'chunks-across-frames': {
    answer: `${chunked()}${[...BODY.matchAll(/[\s\S]{1,7}/g)].map(([part]) => chunk(part)).join('')}0\r\n\r\n`,
    wanted: OK,
  },
  'ended-by-close': { answer: `${head('200 OK', STREAM)}${BODY}`, closing: 'server-eof', wanted: OK },
  'http-1.0': {
    answer: `HTTP/1.0 200 OK\r\n${STREAM}\r\n\r\n${BODY}`,
    closing: 'server-eof',
    wanted: OK,
  },
  'says-close': {
    answer: sized('200 OK', BODY, 'cONTENT-tYPE: Text/Event-Stream; charset=UTF-8', 'connection: CLOSE'),
    closing: 'server-eof',
    wanted: OK,
  },
  'lines-in-crlf': {
    answer: sized('200 OK', `: hi\r\n\r\nid: 1\r\nevent: x\r\n${BODY.replaceAll('\n', '\r\n')}`, STREAM),
    wanted: OK,
  },
  'data-in-two-lines': {
    answer: sized('200 OK', `data:{"choices":[{"delta":\ndata: {"content":"Hi there"}}]}\n\n${LAST}`, STREAM),
    wanted: { ...OK, frames: 1 },
  },
  'not-ascii': {
    answer: sized('200 OK', BODY.replace('Hi', 'Grüße 😀'), STREAM),
    wanted: { ...OK, text: 'Grüße 😀 there' },
  },
  'lines-in-cr': { answer: sized('200 OK', BODY.replaceAll('\n', '\r'), STREAM), wanted: OK },
  'byte-order-mark': { answer: sized('200 OK', `\uFEFF${BODY}`, STREAM), wanted: OK },
  'a-long-prompt': {
    answer: sized('200 OK', BODY, STREAM),
    times: 200_000,
    wanted: OK,
  },
  'answered-elsewhere': {
    answer: sized('307 Temporary Redirect', '\n', 'Location: /ended-by-close/v1/chat/completions'),
    wanted: { outcome: 'http_error', status: 307 },
  },
};

export const written = Object.entries(WRITTEN).map(
  ([name, { answer, closing = 'content-length' }]): Recording => ({
    name,
    method: 'POST',
    path: '/v1/chat/completions',
    body: '',
    receives: [{ at: 0, bytes: Buffer.from(answer) }],
    closing,
  }),
);
