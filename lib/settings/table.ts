/**
 * Every setting there is, as data: the environment names, the command's flags, the table of docs/settings.md and the
 * messages all come from here. `allowed` completes the sentence "RATE=x: … ; allowed: …".
 */
export interface Setting {
  type: SettingType;
  help: string;
  /** As a user would write it. A scenario may have another. */
  default?: string;
  unit?: string;
  /** For `enum`. */
  values?: readonly string[];
  /** Inclusive bounds of numbers. */
  min?: number;
  max?: number;
  /** Numbers without a fraction only. */
  whole?: boolean;
  /** Another name for the same setting. */
  alias?: string;
  /** The command's flag, where it is not the name in kebab case. */
  flag?: string;
}

export type SettingType =
  | 'string'
  | 'secret'
  | 'url'
  | 'int'
  | 'number'
  | 'duration'
  | 'bytes'
  | 'bool'
  | 'enum'
  | 'header'
  | 'headers'
  | 'numbers'
  | 'mix'
  | 'lengths'
  | 'workload'
  | 'arrival'
  | 'window'
  | 'names'
  | 'routes'
  | 'targets'
  | 'zones'
  | 'labels';

export const SETTINGS = {
  // Target
  BASE_URL: {
    type: 'url',
    default: 'http://127.0.0.1:8000',
    help: 'Server to test; `host:port` will do, a closing `/v1` is dropped',
    flag: 'url',
  },
  API: {
    type: 'enum',
    values: ['openai-chat', 'openai-completions', 'ollama-chat', 'ollama-generate', 'openai', 'ollama'],
    default: 'openai-chat',
    help: 'Wire protocol; `openai` and `ollama` are short for their chats',
  },
  PATH_CHAT: { type: 'string', help: 'Path of the endpoint, if it is not the usual one of the API' },
  MODEL: { type: 'string', help: 'Model to ask for; default: the only one that the server lists' },
  API_KEY: { type: 'secret', help: 'Sent as a bearer token; never printed or stored' },
  HEADERS: { type: 'headers', help: 'More request headers: a JSON object, or `Name: value; Other: value`' },
  // Request
  STREAM: { type: 'bool', default: 'true', help: 'Ask for a streamed answer' },
  PROMPT_TEXT: { type: 'string', help: 'Prompt to send (a unique nonce comes first)' },
  PROMPTS_FILE: {
    type: 'string',
    help: 'File of prompts, drawn by SEED: text, one a line; JSON lines with `prompt`, `text` or `messages`; ShareGPT conversations',
  },
  PREFIX_TOKENS: {
    type: 'int',
    min: 1,
    unit: 'tokens',
    help: 'Length of a beginning that prompts share, before their own nonce: what a prefix cache can keep',
  },
  PREFIX_SHARE: { type: 'number', min: 0, max: 1, default: '1', help: 'Share of the prompts that begin with it' },
  WORKLOAD: {
    type: 'workload',
    help: 'Profiles of prompt and answer lengths, one or by weight: `chat`, `chat:0.7,code:0.2,summarization:0.1`',
  },
  INPUT_TOKENS: {
    type: 'lengths',
    unit: 'tokens',
    help: "Length of a synthetic prompt, about: `256`, or drawn as in `normal:256,200:10..4096`; default: WORKLOAD's",
  },
  OUTPUT_TOKENS: {
    type: 'lengths',
    default: '128',
    unit: 'tokens',
    alias: 'MAX_TOKENS',
    help: "Most tokens to answer: `128`, or drawn as in `uniform:64..512`; WORKLOAD's unless set",
  },
  IGNORE_EOS: { type: 'bool', default: 'false', help: 'Ask for exactly OUTPUT_TOKENS, where the server knows how' },
  TEMPERATURE: { type: 'number', min: 0, max: 2, default: '0.7', help: 'Sampling temperature' },
  EXPECT_MODEL: {
    type: 'enum',
    values: ['any', 'exact'],
    default: 'any',
    help: 'exact: an answer that names another model than a first probe learned is a failure',
  },
  // Limits
  TIMEOUT: { type: 'duration', min: 1, default: '120s', help: 'Longest whole request' },
  FIRST_TOKEN_TIMEOUT: { type: 'duration', min: 1, default: '60s', help: 'Longest wait for the first token' },
  IDLE_TIMEOUT: { type: 'duration', min: 1, default: '30s', help: 'Longest silence inside a stream' },
  MAX_FRAME: { type: 'bytes', min: 1024, default: '16MB', help: 'Largest frame, or unstreamed body' },
  // Load
  RATE: { type: 'number', min: 0.001, unit: 'req/s', help: 'Arrival rate of an open loop' },
  RATES: {
    type: 'numbers',
    min: 0.001,
    unit: 'req/s',
    help: 'Arrival rates, a step of DURATION each: `5..100:5` or `20,30,40`',
  },
  ARRIVAL: {
    type: 'arrival',
    help: 'When requests start, RATE on average: `constant`, `poisson`, `gamma:0.5`, `ramped:0..1`, `spikes:2`, `day:0.25`',
  },
  BASELINE: {
    type: 'number',
    min: 0.001,
    unit: 'req/s',
    help: 'Arrival rate of the step that others are compared with',
  },
  DURATION: { type: 'duration', min: 1000, help: 'Measured time of each step' },
  WARMUP: { type: 'duration', min: 0, default: '2s', help: 'Unmeasured load before a step' },
  CONCURRENCY: { type: 'int', min: 1, unit: 'in flight', help: 'Requests in flight in a closed loop' },
  TOTAL_REQUESTS: {
    type: 'int',
    min: 1,
    flag: 'requests',
    help: 'Stop after so many requests; blast 600 and mix 900, unless DURATION is set',
  },
  LEVELS: {
    type: 'numbers',
    min: 1,
    whole: true,
    flag: 'ramp',
    help: 'Steps of concurrency, DURATION (20s) each: `8,32,64` or `10..100:10`',
  },
  RAMP_UP: { type: 'duration', min: 0, help: 'Time from nothing to CONCURRENCY' },
  HOLD: { type: 'duration', min: 1, help: 'Time at CONCURRENCY; long: a soak test' },
  RAMP_DOWN: { type: 'duration', min: 0, help: 'Time back to nothing' },
  MODEL_A: { type: 'string', help: 'First model of a mix of two' },
  MODEL_B: { type: 'string', help: 'Second model of a mix of two' },
  WEIGHT_A: { type: 'number', min: 0, help: 'Weight of MODEL_A' },
  WEIGHT_B: { type: 'number', min: 0, help: 'Weight of MODEL_B' },
  MIX: { type: 'mix', help: 'Models and weights: `a:0.5,b:0.3,c:0.2`' },
  VUS: { type: 'int', min: 1, help: 'Most requests in flight in an open loop; default max(10, rate × 10 s)' },
  // Traces
  TRACE: {
    type: 'string',
    help: "Trace to replay: CSV or JSON lines of Azure's, BurstGPT's or Mooncake's columns, or a plan of `llmload plan`",
  },
  SPEED: {
    type: 'number',
    min: 0.001,
    default: '1',
    help: 'Times as fast as the trace: 10 replays an hour in six minutes',
  },
  WINDOW: { type: 'window', help: 'Part of the trace to replay, from its first row: `5m..15m`, `1h..`' },
  LOOP: { type: 'int', min: 1, default: '1', help: 'Times to replay it, one after the other' },
  MODEL_MAP: { type: 'names', help: "Models to ask for in place of the trace's: `GPT-4=large,ChatGPT=small`" },
  BAD_ROWS: {
    type: 'enum',
    values: ['refuse', 'skip'],
    default: 'refuse',
    help: 'A row that cannot be read ends the run before any load, or is left out and counted',
  },
  // Conversations
  TURNS: { type: 'lengths', help: 'Questions in a conversation: `5`, or drawn as in `uniform:2..8`' },
  THINK_TIME: { type: 'duration', min: 0, help: 'Mean pause between an answer and the next question, exponential' },
  CONVERSATIONS: { type: 'int', min: 1, help: 'Stop after so many conversations; 100, unless DURATION is set' },
  SESSION_HEADER: { type: 'header', help: "Header that carries a conversation's id, for routers with affinity" },
  // Routers
  ECHO: {
    type: 'bool',
    default: 'false',
    help: "Ask each answer to begin with its request's nonce: one that begins with another's was swapped",
  },
  BACKEND_HEADER: { type: 'header', help: 'Response header that names the backend, where answers do not' },
  ATTEMPTS_HEADER: {
    type: 'header',
    help: 'Response header with how often a router asked backends: `X-Router-Attempts`, `x-envoy-attempt-count`',
  },
  ROUTES: {
    type: 'routes',
    help: 'Backends that a router may send each model to, with weights: `small>a*3,small>b*1,large>b`',
  },
  AFFINITY: { type: 'bool', default: 'false', help: 'Expect that a conversation stays with one backend' },
  TARGETS: { type: 'targets', help: 'Two servers to compare, by name: `direct=localhost:8000,router=localhost:4000`' },
  // Chaos
  FAULT: { type: 'string', help: 'What the fault is called in tables: `1 of 4 backends dead`' },
  CHAOS_INJECT_URL: { type: 'secret', help: 'Asked with POST to make the fault; never printed or stored' },
  CHAOS_RESTORE_URL: { type: 'secret', help: 'Asked with POST to undo it, also when the run is stopped' },
  SPIKE: { type: 'number', min: 1, max: 100, help: 'The fault is load: so many times RATE' },
  INJECT_AT: { type: 'duration', min: 1000, help: 'When the fault begins, from the first measured request on' },
  RESTORE_AT: { type: 'duration', min: 2000, help: 'When it is undone, likewise' },
  WATCH: { type: 'duration', min: 1000, help: 'How long after that recovery is waited for' },
  SLO_DURING: { type: 'string', help: 'What must hold while the fault lasts, as SLO; nothing unless set' },
  // Judging and output
  SLO: { type: 'string', help: 'Profile and terms to hold: `chat`, `chat,ttft.p99<800ms,errors<0.5%`' },
  CONFIDENCE: {
    type: 'number',
    min: 0.5,
    max: 0.9999,
    default: '0.99',
    help: 'Confidence of a certified verdict',
  },
  SEED: { type: 'int', min: 0, max: 4294967295, help: 'Same seed, same requests; default: drawn and printed' },
  RUN_ID: {
    type: 'string',
    help: 'Part of each nonce, so that a repeated SEED hits no prefix cache; `fixed` repeats bytes',
  },
  DRIVER: {
    type: 'enum',
    values: ['auto', 'native', 'http', 'sse', 'tcp'],
    default: 'auto',
    help: 'Who carries requests: native (in bin/k6, times tokens), http (any k6, does not), sse and tcp (bundles of their own: docs/drivers.md)',
  },
  CLOUD_ZONES: {
    type: 'zones',
    help: 'Load zones of Grafana Cloud, by weight: `amazon:us:ashburn:60,amazon:ie:dublin:40`',
  },
  ITL_SAMPLE: {
    type: 'number',
    min: 0.0001,
    max: 1,
    default: '1',
    help: 'Share of gaps kept in memory and in llm_itl; less for very long runs',
  },
  META: { type: 'labels', help: 'What to remember of the run, shown with its results: `commit=1a2b3c,gpu=H100`' },
  SUMMARY_JSON: { type: 'string', flag: 'json', help: 'File for the results (llmload/results@1)' },
  RECORDS: { type: 'string', help: 'File for one JSON line a request (native driver)' },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;
export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];

/** The command's flag of a setting, without dashes. */
export const flagOf = (name: SettingName): string => {
  const s: Setting = SETTINGS[name];
  return s.flag ?? name.toLowerCase().replaceAll('_', '-');
};

/** Any table row without its literal types. */
export const setting = (name: SettingName): Setting => SETTINGS[name];
