import type { Exchange } from 'k6/x/llmload';
import { apiOf } from './api/index.ts';
import { createClient, type Driver, driverFor, driverOf } from './client/client.ts';
import type { Seen } from './client/outcome.ts';
import type { Completion } from './completion.ts';
import { LookupError, listModels } from './probe.ts';
import {
  type Context,
  isBuffered,
  keyLine,
  type PROBE_READS,
  type ProbeResult,
  shorten,
  verdict,
} from './probe-result.ts';
import { mask, maskUrl, secretsOf } from './secrets.ts';
import { namedMix } from './settings/mix.ts';
import type { SettingsOf } from './settings/settings.ts';
import { seedOf } from './shared.ts';
import { after, type Soon, whilst } from './soon.ts';
import { storedFiles } from './stored.ts';
import { identities } from './workload/identity.ts';
import { workOf } from './workload/work.ts';

type ProbeSettings = SettingsOf<typeof PROBE_READS>;

/** Call at init; the returned function sends one request for each model. Never throws for what a server does. */
export function runProbe(settings: ProbeSettings): () => Soon<ProbeResult[]> {
  const api = apiOf(settings.api);
  const driver = driverOf(settings.driver);
  const { seed, runId } = seedOf(settings);
  const identity = identities(seed, runId, 'probe');
  const work = workOf(settings, seed, 'probe', storedFiles(settings));
  let seen: Seen & Partial<Pick<Exchange, 'log' | 'headers' | 'protocol' | 'bytes'>>;
  const watched: Driver<Soon<Seen>> = (...made) => {
    const carry = driverFor(settings.driver)(...made);
    return (request) =>
      after(carry({ ...request, keepFrames: true }), (answer) => {
        seen = answer;
        return answer;
      });
  };
  const send = createClient(settings, watched);
  const context: Context = {
    url: maskUrl(settings.baseUrl),
    driver,
    stream: settings.stream,
    hasKey: settings.apiKey !== undefined || 'Authorization' in (settings.headers ?? {}),
    path: settings.pathChat ?? api.path,
    modelsPath: api.models.path,
    limits: settings,
  };
  const base = { url: context.url, driver, stream: settings.stream };

  const given = namedMix(settings)?.map((m) => m.model) ?? (settings.model && [settings.model]);

  /** MODEL where nobody set it: the only one there is; else what to tell the user. */
  function lookedUp(): string | Pick<ProbeResult, 'line' | 'setting'> {
    try {
      const [only, ...more] = listModels(settings);
      if (only !== undefined && more.length === 0) return only;
      const there = only === undefined ? 'any name, the server lists none' : [only, ...more].join(', ');
      return { line: `MODEL is not set; allowed: ${there}`, setting: true };
    } catch (e) {
      if (!(e instanceof LookupError)) throw e;
      if (e.status === 0) return { line: e.message };
      if (e.status === 401 || e.status === 403) return { line: keyLine(context, e.message) };
      return { line: `MODEL is not set and cannot be looked up (${e.message}): set MODEL`, setting: true };
    }
  }

  function one(model: string, index: number): Soon<ProbeResult> {
    const { nonce, requestId, traceparent } = identity(index);
    const { prompt, outputTokens } = work(index);
    const answer = send({
      model,
      prompt: `[${nonce}] ${prompt}`,
      outputTokens,
      requestId,
      traceparent,
      tags: { phase: 'probe', model },
    });
    return after(answer, (completion) => {
      const listed = completion.outcome === 'http_error' ? listedModels() : undefined;
      return { ...base, ...verdict(completion, { ...context, listed }), ...about(completion) };
    });
  }

  function listedModels(): string[] | undefined {
    try {
      return listModels(settings);
    } catch {
      return undefined; // the request itself says what is wrong
    }
  }

  function about(c: Completion): Pick<ProbeResult, 'model'> & Partial<ProbeResult> {
    const { log, headers, protocol, bytes } = seen;
    const buffered = isBuffered(c);
    const firstFrame = log?.find((f) => f.kind !== 'comment');
    return {
      model: c.model,
      outcome: c.outcome,
      requestId: c.requestId,
      connectMs: c.connectMs,
      endMs: c.endMs,
      frames: c.frames,
      tokenSource: c.tokenSource,
      ...(c.status !== undefined && { status: c.status }),
      ...(c.headersMs !== undefined && { headersMs: c.headersMs }),
      ...(c.ttft !== undefined && { ttft: c.ttft }),
      ...(c.outcome === 'ok' && { e2e: c.e2e }),
      ...(c.usage && { usage: c.usage }),
      ...(c.finish !== undefined && { finish: c.finish }),
      ...(c.answered !== undefined && { answered: c.answered }),
      ...(c.serverTimings && { serverTimings: c.serverTimings }),
      ...(protocol && { protocol }),
      ...(bytes !== undefined && { bytes }),
      ...(headers?.server && { server: headers.server }),
      ...(headers?.['content-type'] && { contentType: headers['content-type'] }),
      ...(firstFrame && { firstFrameMs: firstFrame.at }),
      ...(buffered !== undefined && { buffered }),
      ...(log?.length && shorten(log)),
    };
  }

  return () => {
    const models = given || lookedUp();
    if (typeof models === 'object' && !Array.isArray(models))
      return masked([{ ...base, model: '', ok: false, notes: [], ...models }], settings);
    const asked = [models].flat();
    const results: ProbeResult[] = [];
    const next = () => {
      const model = asked[results.length];
      return model === undefined ? false : after(one(model, results.length), (result) => results.push(result) > 0);
    };
    return after(whilst(next), () => masked(results, settings));
  };
}

/** Frames, headers and errors alike. */
const masked = (results: ProbeResult[], settings: ProbeSettings): ProbeResult[] =>
  JSON.parse(mask(JSON.stringify(results), secretsOf(settings))) as ProbeResult[];
