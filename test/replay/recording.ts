/** The recorded answers in test/fixtures/streams, with what was asked and how the bytes came. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../fixtures/streams/', import.meta.url));

const CLOSINGS = ['chunked-end', 'content-length', 'server-eof', 'reset', 'client-abort'] as const;
/** How the exchange ended: in order (`chunked-end`, `content-length`), by FIN, by RST, or because the reader had left. */
export type Closing = (typeof CLOSINGS)[number];

export interface Recording {
  name: string;
  /** Of the recorded request. */
  method: string;
  path: string;
  /** Body of the recorded request; empty where there was none. */
  body: string;
  /** One entry for each receive: the bytes, and ms since the last byte of the request. */
  receives: Array<{ at: number; bytes: Buffer }>;
  closing: Closing;
}

/** A line of NAME.jsonl: the request, a receive, or the closing summary. */
interface Line {
  request?: string;
  t_ms?: number;
  n?: number;
  closed?: string;
}

export function recordingNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.http'))
    .map((file) => file.slice(0, -'.http'.length));
}

/** The bytes of NAME.http. */
export function recordedBytes(name: string): Buffer {
  return readFileSync(`${folder}${name}.http`);
}

/** @throws when the receives do not add up to the recorded bytes. */
export function loadRecording(name: string): Recording {
  const lines = readFileSync(`${folder}${name}.jsonl`, 'utf8').trimEnd().split('\n');
  const raw = recordedBytes(name);
  const recording: Recording = { name, method: '', path: '', body: '', receives: [], closing: 'server-eof' };
  let offset = 0;
  for (const line of lines.map((text): Line => JSON.parse(text))) {
    if (line.request !== undefined) Object.assign(recording, parseRequest(line.request));
    if (line.closed !== undefined) recording.closing = closing(name, line.closed);
    if (line.n === undefined || line.t_ms === undefined) continue;
    recording.receives.push({ at: line.t_ms, bytes: raw.subarray(offset, offset + line.n) });
    offset += line.n;
  }
  if (offset !== raw.length) throw new Error(`${name}: receives hold ${offset} bytes, ${name}.http ${raw.length}`);
  return recording;
}

export function loadRecordings(): Recording[] {
  return recordingNames().map(loadRecording);
}

function parseRequest(text: string) {
  const [method = '', path = ''] = text.split(' ', 2);
  return { method, path, body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}

function closing(name: string, value: string): Closing {
  const known = CLOSINGS.find((one) => one === value);
  if (known === undefined) throw new Error(`${name}: closed by ${value}, known: ${CLOSINGS.join(', ')}`);
  return known;
}
