/** Extensions of other makers, as far as the drivers over them use them. */

/** grafana/xk6-tcp: a socket after the manner of Node's. */
declare module 'k6/x/tcp' {
  /** Go's own bytes: k6/encoding takes them as they are, JavaScript sees an array of numbers. Lent for the call only. */
  type Bytes = ArrayBuffer & ArrayLike<number>;
  export class Socket {
    constructor(options?: { tags?: Record<string, string> });
    /** The time of connecting and of TLS is before the event `connect`. A rejection comes beside the event `error`. */
    connect(to: { host: string; port: number; tls: boolean }): Promise<void>;
    /** UTF-8. */
    write(text: string): Promise<void>;
    /** Without it the iteration never ends. It waits while the socket is connecting, and so does the whole VU. */
    destroy(): void;
    /** One handler an event. `close` comes after the last `data`, and after `error`. */
    on(event: 'connect' | 'close', handler: () => void): void;
    on(event: 'data', handler: (bytes: Bytes) => void): void;
    on(event: 'error', handler: (error: { message: string }) => void): void;
  }
}

/** phymbert/xk6-sse: a request whose events are handed to a function; the VU does nothing else meanwhile. */
declare module 'k6/x/sse' {
  interface SseClient {
    /** Closes the connection. Without it a reset never ends, and a connection that was read to its end stays open. */
    close(): void;
    on(event: 'event', handler: (event: { data: string; comment: string }) => void): void;
    /** Anything that goes wrong, and each line that is no field of an event stream. */
    on(event: 'error', handler: (error: { error(): string }) => void): void;
  }
  const sse: {
    /** `setup` is called once the headers are there; never, where there was no answer. Only `timeout` ends it. */
    open(
      url: string,
      params: {
        method: string;
        headers: Record<string, string>;
        body: string;
        tags: Record<string, string>;
        timeout: string;
      },
      setup: (client: SseClient) => void,
    ): { status: number; headers: Record<string, string>; error: string };
  };
  export default sse;
}
