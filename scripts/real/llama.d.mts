export interface LlamaOptions {
  /** Slots; more requests than this wait in its queue. Default 4. */
  parallel?: number;
  /** Tokens of context, shared by all slots. Default 8192. */
  ctx?: number;
  /** Ask for this bearer token. Default none. */
  apiKey?: string;
  /** The model's name in answers. Default `tiny`. */
  alias?: string;
  /** Seconds between `:` comments while a prompt is processed. Default llama.cpp's own. */
  ssePing?: number;
  /** Receives progress lines of the first installation. Default standard error. */
  log?: (line: string) => void;
}

export interface RealServer {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** The Python that has it, installed on the first call. */
export function findLlama(log?: (line: string) => void): Promise<string>;

export function startLlama(options?: LlamaOptions): Promise<RealServer & { alias: string }>;
