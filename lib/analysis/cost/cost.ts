/** What tokens cost on GPUs that are paid by the hour. Pure arithmetic; every figure that needs an absent one is absent. */

/** Where a configuration's tok/s come from: its saturation, its knee, a load that was simply run, or a table. */
export type Basis = 'saturation' | 'knee' | 'run' | 'table';

/** One server on so many GPUs: a replica. */
export interface Config {
  name: string;
  gpus: number;
  dollarsPerGpuHour: number;
  /** Output tok/s of all its GPUs together. */
  tokensPerSecond: number;
  basis: Basis;
  /** false: assumed. */
  measured: boolean;
  /** The load that gave tokensPerSecond: `80 req/s`, `16 in flight`. */
  load?: string;
  /** Mean tokens of a request, by the server's own count. */
  inputPerRequest?: number;
  outputPerRequest?: number;
}

/** $ per million tokens of a hosted API. Without `input` its output tokens are all that is paid for. */
export interface HostedPrice {
  input?: number;
  output: number;
}

export interface Asked {
  /** Share of the throughput at saturation that a server is loaded with in production. */
  loadFactor: number;
  hostedPrice?: HostedPrice;
  /** A load to serve, and the share of it to keep free on top. */
  load?: { value: number; unit: 'req/s' | 'tok/s' };
  headroom: number;
}

/** $ for so many tokens if these carry the whole bill: three views of it, not three bills. */
export interface Views {
  output: number;
  input?: number;
  total?: number;
}

export interface CostRow extends Config {
  /** What tokensPerSecond was multiplied with: 1 where it was measured at a load that production may have. */
  loadFactor: number;
  /** Of all its GPUs. */
  dollarsPerHour: number;
  /** Output tok/s. */
  productionTokensPerSecond: number;
  /** Output tokens. */
  tokensPerHour: number;
  dollarsPerMillion: Views;
  dollarsPerThousand: Views;
  requestsPerDollar?: number;
  hosted?: AgainstHosted;
  replicas?: Replicas;
}

export interface AgainstHosted {
  /** What the hosted API takes for a million output tokens and the input that goes with them. */
  dollarsPerMillionOutput: number;
  /** Output tok/s from which on these GPUs cost less, and as a share of productionTokensPerSecond: over 1 they never do. */
  breakEvenTokensPerSecond: number;
  breakEvenShare: number;
  /** The own bill, parted as the hosted prices part theirs: $ per million. Both together are one bill. */
  split?: { input: number; output: number };
}

export interface Replicas {
  count: number;
  gpus: number;
  dollarsPerHour: number;
  /** What the hosted API takes for the load, without headroom. */
  hostedDollarsPerHour?: number;
}

const HOUR = 3600;
const MILLION = 1e6;

/**
 * $ per million = GPUs × $/GPU-hour ÷ (tok/s × load factor × 3600) × 10⁶. The load factor applies to saturation, and to a
 * table's tok/s, which are taken for that. A knee or a run is used as it is: it was measured below saturation already.
 */
export function costOf(config: Config, asked: Asked): CostRow {
  const { basis, gpus, dollarsPerGpuHour, tokensPerSecond, inputPerRequest, outputPerRequest } = config;
  const loadFactor = basis === 'saturation' || basis === 'table' ? asked.loadFactor : 1;
  const dollarsPerHour = gpus * dollarsPerGpuHour;
  const output = tokensPerSecond * loadFactor;
  const perMillion = (dollarsPerHour / (output * HOUR)) * MILLION;
  const ratio = inputPerRequest && outputPerRequest ? inputPerRequest / outputPerRequest : undefined;
  const hosted = asked.hostedPrice && againstHosted(perMillion, output, ratio, asked.hostedPrice);
  const replicas = asked.load && replicasFor(config, output, asked.load, asked.headroom, hosted);
  return {
    ...config,
    loadFactor,
    dollarsPerHour,
    productionTokensPerSecond: output,
    tokensPerHour: output * HOUR,
    dollarsPerMillion: views(perMillion, ratio),
    dollarsPerThousand: views(perMillion / 1000, ratio),
    ...(outputPerRequest && { requestsPerDollar: ((output / outputPerRequest) * HOUR) / dollarsPerHour }),
    ...(hosted && { hosted }),
    ...(replicas && { replicas }),
  };
}

/** @param ratio input tokens to an output token */
const views = (output: number, ratio: number | undefined): Views => ({
  output,
  ...(ratio && { input: output / ratio, total: output / (1 + ratio) }),
});

/** Undefined where its price has a part for input tokens, and how many of these there are is not known. */
function againstHosted(
  perMillion: number,
  production: number,
  ratio: number | undefined,
  price: HostedPrice,
): AgainstHosted | undefined {
  if (price.input !== undefined && ratio === undefined) return undefined;
  const theirs = price.output + (price.input ?? 0) * (ratio ?? 0);
  const share = perMillion / theirs;
  return {
    dollarsPerMillionOutput: theirs,
    breakEvenTokensPerSecond: share * production,
    breakEvenShare: share,
    ...(price.input !== undefined && { split: { input: share * price.input, output: share * price.output } }),
  };
}

/** Whole replicas for load × (1 + headroom). Undefined for req/s where the tokens of a request are not known. */
function replicasFor(
  { gpus, dollarsPerGpuHour, outputPerRequest }: Config,
  production: number,
  { value, unit }: { value: number; unit: 'req/s' | 'tok/s' },
  headroom: number,
  hosted: AgainstHosted | undefined,
): Replicas | undefined {
  const wanted = unit === 'tok/s' ? value : outputPerRequest && value * outputPerRequest;
  if (!wanted) return undefined;
  // 1.1 × 20 is 22.000000000000004.
  const count = Math.ceil((wanted * (1 + headroom)) / production - 1e-9);
  return {
    count,
    gpus: count * gpus,
    dollarsPerHour: count * gpus * dollarsPerGpuHour,
    ...(hosted && { hostedDollarsPerHour: (wanted * HOUR * hosted.dollarsPerMillionOutput) / MILLION }),
  };
}
