import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { expected } from './expected.ts';
import { loadRecording, loadRecordings, type Recording, recordedBytes, recordingNames } from './recording.ts';
import { type Replay, type ReplayOptions, startReplay } from './replay-server.ts';

let replay: Replay | undefined;
afterEach(async () => {
  await replay?.close();
  replay = undefined;
});

async function start(recordings: Recording[], options?: ReplayOptions): Promise<Replay> {
  replay = await startReplay(recordings, options);
  return replay;
}

type End = 'fin' | 'reset' | 'open';
interface Seen {
  bytes: Buffer;
  /** Bytes that had come after each read. */
  reads: number[];
  /** Ms from the request to each read. */
  times: number[];
  end: End;
}

const request = (name: string, body = '{"model":"tiny"}') =>
  `POST /${name}/v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Sends `text` on a fresh connection and reads until the server ends it, or until `size` bytes have come (`open`). */
function read(url: string, text: string, size = Number.POSITIVE_INFINITY): Promise<Seen> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    const seen: Seen = { bytes: Buffer.alloc(0), reads: [], times: [], end: 'open' };
    const start = performance.now();
    const done = (end: End) => {
      socket.destroy();
      resolve({ ...seen, end });
    };
    socket.on('data', (chunk) => {
      seen.bytes = Buffer.concat([seen.bytes, chunk]);
      seen.reads.push(seen.bytes.length);
      seen.times.push(performance.now() - start);
      // One turn of the loop: a server that ends the connection right after its last byte is not `open`.
      if (seen.bytes.length >= size) setImmediate(() => done('open'));
    });
    socket.on('end', () => done('fin'));
    socket.on('error', () => done('reset'));
  });
}

/** Bytes after each receive, as recorded. */
function boundaries({ receives }: Recording): number[] {
  let sum = 0;
  return receives.map(({ bytes }) => {
    sum += bytes.length;
    return sum;
  });
}

const opens = (name: string) => !/connection: close/i.test(recordedBytes(name).toString('latin1'));
const endings: Record<Recording['closing'], (name: string) => End> = {
  'chunked-end': (name) => (opens(name) ? 'open' : 'fin'),
  'content-length': (name) => (opens(name) ? 'open' : 'fin'),
  'server-eof': () => 'fin',
  'client-abort': () => 'fin',
  reset: () => 'reset',
};

test('every recording has its expectation', () => {
  expect(Object.keys(expected).sort()).toEqual(recordingNames().sort());
});

test.each(recordingNames())('%s comes byte for byte, in its chunks, with its end', async (name) => {
  const recording = loadRecording(name);
  const { url } = await start([recording]);
  const whole = recordedBytes(name);
  const end = endings[recording.closing](name);
  const seen = await read(url, request(name), end === 'open' ? whole.length : undefined);
  expect(seen.bytes.equals(whole)).toBe(true);
  expect(seen.end).toBe(end);
  // Two chunks may come in one read, one chunk never in two: each read ends where a chunk ended.
  const ends = new Set(boundaries(recording));
  expect(seen.reads.filter((size) => !ends.has(size))).toEqual([]);
});

test('chunks come one by one, not glued together', async () => {
  const recording = loadRecording('toxi-slicer64B');
  const { url } = await start([recording]);
  const { reads } = await read(url, request(recording.name), recordedBytes(recording.name).length);
  expect(reads.length).toBeGreaterThan(0.9 * recording.receives.length);
});

test('a kept-alive connection serves one recording after another', async () => {
  const names = ['ollama-v1-nousage', 'llamacpp-mid-nostream', 'ollama-v1-nousage'];
  const { url, exchanges } = await start(loadRecordings());
  const whole = Buffer.concat(names.map(recordedBytes));
  const seen = await read(url, names.map((name) => request(name)).join(''), whole.length);
  expect(seen.bytes.equals(whole)).toBe(true);
  expect(exchanges.map(({ name, method, path, body }) => ({ name, method, path, body }))).toEqual(
    names.map((name) => ({ name, method: 'POST', path: '/v1/chat/completions', body: '{"model":"tiny"}' })),
  );
});

test('with dropReused a second request on a connection meets a closed one', async () => {
  const name = 'ollama-v1-nousage';
  const server = await start(loadRecordings(), { dropReused: true });
  const seen = await read(server.url, request(name) + request(name));
  expect(seen.bytes.equals(recordedBytes(name))).toBe(true);
  expect(seen.end).toBe('fin');
  expect(server.dropped).toBe(1);
});

test('an isolated receive stands alone in time', async () => {
  const recording = loadRecording('llamacpp-mid-ping1s');
  const { url } = await start([recording], { isolate: { ms: 40, receive: { [recording.name]: 3 } } });
  const seen = await read(url, request(recording.name), recordedBytes(recording.name).length);
  const [before = 0, own = 0, after = 0] = [2, 3, 4].map((index) =>
    seen.reads.indexOf(boundaries(recording)[index] ?? 0),
  );
  expect(own).toBe(before + 1);
  const time = (read: number) => seen.times[read] ?? Number.NaN;
  expect(time(own) - time(before)).toBeGreaterThan(30);
  expect(time(after) - time(own)).toBeGreaterThan(30);
});

test('recorded times can be kept, scaled', async () => {
  const recording = loadRecording('llamacpp-mid-client-abort'); // 150 ms
  const { url } = await start([recording], { pace: 0.5 });
  const { times } = await read(url, request(recording.name));
  const last = recording.receives.at(-1)?.at ?? 0;
  expect(times.at(-1)).toBeGreaterThan(last * 0.5 - 2);
});

test('an unknown name is a 404 that lists the known ones', async () => {
  const { url } = await start([loadRecording('toxi-reset5ms')]);
  const { bytes, end } = await read(url, request('nope'));
  expect(bytes.toString()).toMatch(/^HTTP\/1.1 404 /);
  expect(bytes.toString()).toContain('no recording "nope"; known: toxi-reset5ms');
  expect(end).toBe('fin');
});
