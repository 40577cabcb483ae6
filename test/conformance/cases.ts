/** What every driver must make of the same answers, and where one cannot. */
import type { DriverName } from '../../lib/client/client.ts';
import type { Outcome } from '../../lib/completion.ts';

/** Every fault of the mock, and what a client must make of it with these settings. */
export const FAULT_OUTCOMES: Record<string, Outcome> = {
  none: 'ok',
  'status=503': 'http_error',
  'status=429': 'rate_limited',
  rate_limited: 'rate_limited',
  reset_before_headers: 'connection',
  refuse: 'connection',
  'slow_headers=50': 'ok',
  'slow_headers=5000': 'timeout_first',
  stall_first: 'timeout_first',
  'stall=2': 'timeout_idle',
  'reset=2': 'connection',
  'cut=2': 'connection',
  'truncate=2': 'truncated',
  'stream_error=2': 'stream_error',
  'garbage=2': 'stream_error',
  empty: 'empty',
  no_finish: 'ok', // [DONE] came, or done: true
  wrong_model: 'ok', // routing is not under test
  no_stream: 'ok',
  'huge_frame=70000': 'stream_error',
  buffered: 'ok',
  gzip: 'stream_error',
};
export const FAULT_SETTINGS = { FIRST_TOKEN_TIMEOUT: '700ms', IDLE_TIMEOUT: '600ms', MAX_FRAME: '64kB' };

/** How long all that the mock does at a fault may take; drivers that see limits late see them here. */
export const FAULT_TIMEOUT = '6s';

/** A case in which a driver does not do what the others do, and why. */
export interface Limit {
  /** What it makes of it; absent: k6 itself dies of it. */
  outcome?: Outcome;
  why: string;
}

const WHOLE = 'k6 itself sees an answer only when it is whole, and knows no limit but the total';
const NO_LINE_END = 'k6/x/sse hands on no last line that has no line end: such an answer in one piece is lost';
const DEADLY =
  'k6/x/tcp gives a sample without tags when a connection is reset, and k6 dies of it (seen in its newest source, August 2026)';
const RESETS = ['reset_before_headers', 'refuse', 'reset=2', 'toxi-reset5ms'];

export const LIMITS: Record<DriverName, Record<string, Limit>> = {
  native: {},
  http: {
    'slow_headers=5000': { outcome: 'ok', why: WHOLE },
    stall_first: { outcome: 'timeout_total', why: WHOLE },
    'stall=2': { outcome: 'timeout_total', why: WHOLE },
    'huge_frame=70000': { outcome: 'ok', why: 'k6 itself has no limit to a frame' },
    gzip: { outcome: 'ok', why: 'k6 itself unpacks it' },
  },
  sse: {
    no_stream: { outcome: 'stream_error', why: NO_LINE_END },
    'lines-in-cr': { outcome: 'truncated', why: 'k6/x/sse knows no line end but LF' },
    'byte-order-mark': { outcome: 'ok', why: 'k6/x/sse knows no byte order mark: the first frame is lost' },
    'answered-elsewhere': { outcome: 'ok', why: 'k6/x/sse goes where an answer sends it' },
  },
  tcp: Object.fromEntries(RESETS.map((name) => [name, { why: DEADLY }])),
};
