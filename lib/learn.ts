import { calibrate, kindsMade } from './calibrate.ts';
import type { Completion } from './completion.ts';
import { echoLine } from './echo.ts';
import type { Run, SetupData } from './run.ts';

/** One unmeasured request to a model, a token long. */
export type Probe = (text: string) => Completion;

/** What setup() asks of each model before any load: the name that its answers carry, and how its prompts are counted. */
export function learn(run: Run, models: readonly string[], data: SetupData): void {
  const kinds = kindsMade(run.definition);
  if (run.routing) data.expected = {};
  if (kinds.length > 0) data.tokenizers = {};
  if (!run.routing && kinds.length === 0) return;
  const { identity } = run.requestsOf('setup');
  const { routes = [] } = run.definition.settings;
  const all = new Set([...models, ...routes.map((route) => route.model)]);
  let sent = 0;
  for (const model of models) {
    const probe: Probe = (text) => {
      const { nonce, requestId, traceparent } = identity(sent++);
      const tags = { phase: 'warmup', model };
      // What asks for an echo counts among a prompt's tokens, too.
      const prompt = `[${nonce}] ${text}${run.echo ? echoLine(nonce) : ''}`;
      return run.send({ model, prompt, requestId, traceparent, outputTokens: 1, tags });
    };
    const short = probe('Hi');
    if (data.expected) data.expected[model] = nameIn(short, all);
    const tokenizer = data.tokenizers && calibrate(short, probe, kinds);
    if (data.tokenizers && tokenizer) data.tokenizers[model] = tokenizer;
  }
}

/** The name that answers for this model carry: servers answer with aliases and dated names, but not with another of `all`. */
function nameIn(answer: Completion, all: ReadonlySet<string>): string {
  const { model, answered } = answer;
  if (answered !== undefined && (answered === model || !all.has(answered))) return answered;
  const why = 'error' in answer ? answer.error : 'the answer names no model';
  console.warn(
    answered === undefined
      ? `${model}: a first probe learned no name (${why}); expecting "${model}"`
      : `${model}: a first probe was answered by ${answered}, another of the models; expecting "${model}"`,
  );
  return model;
}
