import encoding from 'k6/encoding';
import type { Ended } from 'k6/x/llmload';
import { Socket } from 'k6/x/tcp';
import type { Api } from '../api/api.ts';
import type { CommonSettings } from '../settings/settings.ts';
import type { BuiltIn } from './built-in.ts';
import type { Driver, HttpRequest } from './client.ts';
import { framingOf } from './http.ts';
import { requestText } from './http1/request.ts';
import { type Head, ResponseReader } from './http1/response.ts';
import { type Target, targetOf } from './http1/url.ts';
import { keptHeaders, keptOf } from './kept.ts';
import type { Seen } from './outcome.ts';
import { clock } from './stream/clock.ts';
import { causeText, deadline, type Limits, limitsOf, type Progress } from './stream/limits.ts';
import { Meter, pathsOf } from './stream/meter.ts';
import { compressed, seenOf } from './stream/seen.ts';
import { Splitter } from './stream/splitter.ts';

/** What all requests of a client share. */
interface Shared {
  api: Api;
  settings: CommonSettings;
  fixed: Record<string, string>;
  limits: Limits;
  paths: ReturnType<typeof pathsOf>;
  /** Names of the response headers to hand on. */
  keep: Record<string, string>;
}

/**
 * HTTP/1.1 over the sockets of k6/x/tcp, which Grafana Cloud has too: a connection a request, since an iteration cannot end
 * while one is open. A VU does nothing else until the answer is there, but it can be left at any moment.
 */
const tcpDriver: Driver<Promise<Seen>> = (api, settings, fixed) => {
  const shared: Shared = {
    api,
    settings,
    fixed,
    limits: limitsOf(settings),
    paths: pathsOf(api),
    keep: keptHeaders(settings),
  };
  return (request) => new Promise((resolve) => carry(shared, request, resolve));
};

export const builtIn: BuiltIn = { name: 'tcp', driver: tcpDriver };

function carry(shared: Shared, request: HttpRequest, resolve: (seen: Seen) => void): void {
  const { api, settings, limits, paths } = shared;
  const target = targetOf(request.url);
  const text = requestText(target, headersOf(target, shared.fixed, request.headers), request.body);

  const calledAt = Date.now();
  const progress: Progress = { began: clock(), gotFirst: !settings.stream, cancelAfter: request.cancelAfter };
  let now = progress.began;
  let head: Head | undefined;
  let headersAt: number | undefined;
  let framing = settings.stream ? api.framing : 'body';
  let whole = '';
  let connecting = true;
  let over = false;
  /** Not all that is in hand is ASCII, and not all of the piece that came last. */
  let wide = false;
  let wideLast = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const meter = new Meter(paths, request.keepText);
  const splitter = new Splitter(framing === 'ndjson' ? 'ndjson' : 'sse', settings.maxFrame, (payload, at) => {
    meter.frame(wide ? utf8(payload) : payload, at);
    wide = wideLast; // the next frame began in that piece at the earliest
  });
  const socket = new Socket({ tags: request.tags });

  /** Once the terminal frame has come nothing can spoil the answer. */
  const finish = (ended: Ended, error?: string, endedAt = clock()) => {
    if (over) return;
    over = true;
    if (timer !== undefined) clearTimeout(timer);
    if (!connecting) socket.destroy();
    resolve(
      seenOf({
        meter,
        framing,
        ended: meter.body.terminal ? 'eof' : ended,
        error,
        status: head?.status ?? 0,
        sent: progress.sent,
        began: progress.began,
        calledAt,
        connectMs: (progress.sent ?? progress.began) - progress.began,
        headersAt,
        endedAt,
        whole: utf8(whole),
        retryAfterHeader: head?.headers['retry-after'],
        kept: head && keptOf(head.headers, shared.keep),
      }),
    );
  };
  const tooLarge = () => finish('frame_too_large', 'a frame is larger than maxFrame');

  /** Sleeps until the next limit, or ends the exchange at it. */
  const look = () => {
    if (over) return;
    if (timer !== undefined) clearTimeout(timer);
    const { at, cause } = deadline(progress, limits);
    const left = at - clock();
    if (left > 0) timer = setTimeout(look, Math.ceil(left));
    else if (cause === 'eof') finish('eof', undefined, progress.closing);
    else finish(cause, causeText(cause, limits));
  };

  const reader = new ResponseReader({
    head(answer) {
      head = answer;
      const { status, headers } = answer;
      framing = framingOf(api, settings.stream, status, headers['content-type']);
      const coding = compressed(status, headers['content-encoding']);
      if (coding) return finish('encoding', coding);
      if (framing !== 'body') return;
      progress.gotFirst = true; // no frames will come: its first byte is awaited like any other
      progress.lastRead = headersAt;
    },
    body(piece) {
      if (over) return;
      progress.lastRead = now;
      if (framing === 'body') {
        if (whole.length + piece.length > settings.maxFrame) return tooLarge();
        whole += piece;
        return;
      }
      if (!splitter.feed(piece, now)) return tooLarge();
      progress.gotFirst ||= meter.body.frames > 0;
      if (meter.body.terminal) progress.closing ??= now;
    },
  });

  const ended = () => {
    if (reader.error !== undefined) {
      splitter.end(false);
      finish('connection', reader.error);
    } else if (reader.done) {
      if (splitter.end(true)) finish('eof');
      else tooLarge();
    }
  };
  const failed = ({ message }: { message: string }) => {
    connecting = false;
    splitter.end(false);
    finish(progress.sent === undefined ? 'connect' : 'connection', message);
  };

  socket.on('connect', () => {
    connecting = false;
    if (over) return socket.destroy();
    progress.sent = clock();
    socket.write(text).catch(() => {}); // what comes of it is read
    look();
  });
  socket.on('data', (bytes) => {
    if (over) return;
    now = clock();
    headersAt ??= now;
    const { lastRead, closing } = progress;
    const coded = encoding.b64encode(bytes);
    const piece = asciiOf(coded, bytes.length);
    wideLast = piece === undefined;
    if (wideLast) wide = true;
    reader.feed(piece ?? charactersOf(coded));
    ended();
    // Another limit counts from here on.
    if (lastRead === undefined || closing !== progress.closing) look();
  });
  socket.on('close', () => {
    if (over) return;
    reader.close();
    ended();
  });
  socket.on('error', failed);
  // A socket that is connecting cannot be left: it goes when it has, or has not, connected.
  socket.connect({ host: target.host, port: target.port, tls: target.tls }).catch((error) => {
    failed(error);
    socket.destroy();
  });
  look();
}

function headersOf(
  { user }: Target,
  fixed: Record<string, string>,
  own: Record<string, string>,
): Record<string, string> {
  return { ...(user && { Authorization: `Basic ${encoding.b64encode(user)}` }), ...fixed, ...own };
}

/**
 * Bytes in base64 as text; undefined where they are more than ASCII. k6 makes text of bytes ten times as fast as JavaScript
 * does, but of UTF-8, and a character may be cut at the end of what came.
 */
function asciiOf(coded: string, length: number): string | undefined {
  const text = encoding.b64decode(coded, 'std', 's');
  return text.length === length && !text.includes('\uFFFD') ? text : undefined;
}

/** Each byte as a character 0 to 255. Of bytes of Go's own this would take several times as long. */
const charactersOf = (coded: string): string =>
  String.fromCharCode.apply(null, new Uint8Array(encoding.b64decode(coded, 'std')) as unknown as number[]);

/** The text that such characters are the UTF-8 of. */
function utf8(bytes: string): string {
  try {
    return decodeURIComponent(escape(bytes));
  } catch {
    return bytes; // a body that was cut inside a character, or is no UTF-8
  }
}
