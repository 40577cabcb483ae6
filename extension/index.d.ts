/**
 * `k6/x/llmload`, the module inside `bin/k6`: it sends one request on k6's own transport, times the answer frame by
 * frame with the monotonic clock, keeps the records of a run, and reads a plan by index. It knows no LLM protocol: which
 * JSON paths are content is said by its caller. All times are milliseconds (floats); offsets count from t(send), the
 * moment the first attempt had a connection in hand.
 */
declare module 'k6/x/llmload' {
  /** The llmload version the binary was built from. */
  export const version: string;

  /** Wall-clock epoch ms with the resolution and steadiness of the monotonic clock. */
  export function now(): number;

  /** Where in the test this iteration stands: `scenario` of k6/execution, in one cheap call. Throws outside a scenario. */
  export function place(): { name: string; startTime: number; iterationInTest: number };

  /** How a body is cut into frames: `data:` events, one JSON document a line, or not at all. */
  export type Framing = 'sse' | 'ndjson' | 'body';

  export interface ClientOptions {
    framing: Framing;
    /**
     * Dot paths (`choices.0.delta.content`). A frame counts as `content`, else `reasoning`, else `toolCall`, if one of that
     * list's paths holds something non-empty: a string, array or object with a length above 0, a number or a boolean.
     */
    content: string[];
    reasoning: string[];
    toolCall: string[];
    /** Name → dot path. The last value that is present and not null, over all frames, is returned under that name. */
    values: Record<string, string>;
    /** An SSE payload that is no JSON and ends the stream, such as `[DONE]`. */
    terminal?: string;
    /** Limits in ms, from t(send) (`total` also covers connecting): whole request, first content-like frame, gap between two reads of data. */
    timeout: number;
    firstTokenTimeout: number;
    idleTimeout: number;
    /** Largest frame and largest unframed body kept, in bytes. */
    maxFrame: number;
    /** Headers of every request. */
    headers?: Record<string, string>;
    /** Name → response header to return under that name (`kept`). */
    keepHeaders?: Record<string, string>;
  }

  export interface NativeRequest {
    method?: string;
    url: string;
    /** Beside the client's own; the same name replaces. */
    headers?: Record<string, string>;
    body?: string;
    /** Tags for the http_req_* samples, beside the VU's own. */
    tags?: Record<string, string>;
    /** Close the connection this many ms after t(send), as a reader who leaves does. */
    cancelAfter?: number;
    /** Also return the concatenated content text, all of it (true) or its first so many characters. */
    keepText?: boolean | number;
    /** Also return every frame as it came (`log`), comments included. For one request, not for a load. */
    keepFrames?: boolean;
  }

  /** Why the exchange ended. `eof`: the body ended in order, or the terminal frame had come. */
  export type Ended =
    | 'eof'
    | 'connect' // no connection: DNS, refused, TLS
    | 'connection' // the transport failed later: reset, closed before an answer, cut inside a body
    | 'timeout_first'
    | 'timeout_idle'
    | 'timeout_total'
    | 'frame_too_large'
    | 'encoding' // the body is compressed although identity was asked for
    | 'cancelled'; // cancelAfter, or the VU's own context

  export interface Exchange {
    ended: Ended;
    /** One line of text unless `ended` is `eof`. */
    error?: string;
    /** 0 when no answer came. */
    status: number;
    /** With keepFrames. */
    protocol?: string;
    /**
     * Response headers, names in lower case; several values are joined by ", ". Only where the body came unframed (any status
     * outside 2xx did), or with keepFrames: nobody reads them elsewhere, and they cost as much as the rest of the answer.
     */
    headers?: Record<string, string>;
    /** See ClientOptions.keepHeaders: those that came; absent where none did. Several values are joined by ", ". */
    kept?: Record<string, string>;
    /** Epoch ms of t(send), or of the call where there never was a connection. */
    startedAt: number;
    /** Time to open the connection, TLS included; 0 when it was reused. */
    connectMs: number;
    cold: boolean;
    /** How often the request was sent again because the server had closed a kept-alive connection. */
    resent: number;
    /** First byte of the response headers. */
    headersMs?: number;
    /** End of the exchange, however it ended. */
    endMs: number;
    /** How the body was really cut: `body` for any status outside 2xx and for application/json. */
    framing: Framing;
    /** Body bytes received; with keepFrames. */
    bytes?: number;
    /** All frames, those without content too (comments are none). */
    events: number;
    /** Content-like frames. */
    frames: number;
    /** First content-like frame. Absent without one. */
    ttft?: number;
    /** First content or tool-call frame. */
    ttfo?: number;
    /** Last content-like frame. */
    e2e?: number;
    /** Differences between consecutive content-like frames; length max(0, frames − 1). */
    gaps: Float64Array;
    /** The terminal payload was seen. */
    terminal: boolean;
    /** Frames that are neither JSON nor terminal. */
    garbage: number;
    /** See ClientOptions.values: strings, numbers and booleans as they are, objects and arrays as their JSON. */
    values: Record<string, string | number | boolean>;
    /** The whole body, where framing is `body`. */
    body?: string;
    text?: string;
    log?: Array<{
      at: number;
      kind: 'content' | 'reasoning' | 'tool_call' | 'other' | 'terminal' | 'comment' | 'garbage';
      data: string;
    }>;
  }

  /** Made once in each VU (init context or first iteration); compiles its paths once. */
  export class Client {
    constructor(options: ClientOptions);
    /** Blocks this VU until the exchange has ended. Throws only on a misuse (bad URL or argument), never on a failed request. */
    send(request: NativeRequest): Exchange;
  }

  export type ColumnType = 'number' | 'boolean' | 'category' | 'text' | 'gaps';

  export interface StoreOptions {
    /** The columns of a record in the order they are written; other properties are ignored. */
    columns: Record<string, ColumnType>;
    /** Where record() finds a column's value: a property, or a property of a property (`usage.input`). Default: its name. */
    from?: Record<string, string>;
    /** JSON of the first line; written as it is. Read only if a file is written. */
    header: string;
    /** File to write, flushed every second and at the end; absent: records are only kept in memory. */
    path?: string;
    /** Share of gaps kept in memory and emitted as metric samples, (0, 1]; default 1. Drawn per gap. The file keeps all. */
    gapSample?: number;
  }

  /**
   * Opens the store of this k6 process. Every VU calls it at init with the same options; only the first call acts. The
   * file is created when the first VU code runs (not by `inspect` or `archive`). Throws when the file cannot be written.
   */
  export function open(options: StoreOptions): void;

  /**
   * Keeps one record, and emits its samples in one batch. A property that is null, undefined or NaN is absent (JSON null).
   * `gaps` goes to the record and, each as one sample, to the metric named by `gapMetric`.
   */
  export function record(
    line: object,
    samples: Record<string, number>,
    tags: Record<string, string>,
    gaps?: Float64Array,
    gapMetric?: string,
  ): void;

  /** All records kept so far, column by column; a snapshot. Readable from teardown and handleSummary. */
  export interface Columns {
    n: number;
    /** NaN is absent; booleans are 0 and 1. */
    number(column: string): Float64Array;
    /** codes index into values; −1 is absent. */
    category(column: string): { values: string[]; codes: Int32Array };
    text(column: string, row: number): string | undefined;
    /** Gaps kept of a row: count, sum and the row's own p99 (all of its gaps, whatever gapSample is). */
    gapCount: Float64Array;
    gapSum: Float64Array;
    gapP99: Float64Array;
    /** Quantiles (q in [0, 1]), linear between ranks, over the kept gaps of these rows; NaN without any. Exact to 1 µs. */
    gapQuantiles(rows: Int32Array, q: number[]): number[];
    /** Content-like frames of `row` that arrived in [from, to) ms after its t(send). */
    framesBetween(row: number, from: number, to: number): number;
    /** The client itself, a row a second from the test's start on. */
    live(): Live;
  }

  /** Row by row what a `{"kind":"live"}` line says. */
  export interface Live {
    /** Epoch ms. */
    t: Float64Array;
    /** Requests under way; requests and content-like frames since the start. */
    inFlight: Float64Array;
    started: Float64Array;
    frames: Float64Array;
    /** Cores that this process kept busy since the row before: 0.5 is half a core. */
    cpu: Float64Array;
    /** The most that a timer of 10 ms came late since the row before, ms. Whatever else the client did came as late. */
    lag: Float64Array;
    /** Cores it may use at once; 0 where nothing is known. */
    cores: number;
  }
  export function columns(): Columns;

  /**
   * Writes a line of JSON, an object with a `kind`, to the file as it is, where there is one: what setup learned, for those
   * who read it later. Not in the init context. Throws on any other text: readers take an object without a kind for a request.
   */
  export function note(line: string): void;

  /** The notes of this process so far, oldest first, whether or not there is a file. */
  export function notes(): string[];

  /**
   * Ends the file with `{"kind":"end","requests":n,"cut":m,"dropped":{…}}`: m requests were under way and never recorded.
   * Without this call the binary writes the line itself, `dropped` null, when the test ends.
   */
  export function finish(dropped: Record<string, number>): void;

  /** A row of a plan. Absent: the trace does not say. */
  export interface PlanRow {
    /** ms from the first row. */
    at: number;
    /** Tokens. */
    input?: number;
    output?: number;
    /** Index into the header's models. */
    model?: number;
    /** What the header's `text` says. */
    text?: string;
  }

  /** A trace on disk; lib/workload/trace/plan-file.ts has the layout. */
  export interface PlanFile {
    /** JSON: a PlanHeader. */
    header: string;
    rows: number;
    /** One read of the file, two where the row has a text. Throws on an index outside of the file. */
    row(index: number): PlanRow;
    /** Index of the first row at `at` ms or after it; `rows` where there is none. */
    find(at: number): number;
    /** Most rows of [from, to) within any `span` ms. Reads them all, the first time that a process asks. */
    peak(from: number, to: number, span: number): number;
  }

  /**
   * Opens what `llmload plan` wrote, once for all VUs; in the init context too. Throws one line, without the path, where it
   * cannot be read, is none, is cut short or of another version.
   */
  export function plan(path: string): PlanFile;
}
