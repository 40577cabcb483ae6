import { calibrate, kindsMade } from './calibrate.ts';
import type { Completion } from './completion.ts';
import { echoLine } from './echo.ts';
import type { Run, SetupData } from './run.ts';
import type { Server } from './servers.ts';
import { after, type Soon, whilst } from './soon.ts';

/** One unmeasured request to a model, a token long. */
export type Probe = (text: string) => Soon<Completion>;

/**
 * What setup() asks of each model before any load: the name that its answers carry, and how its prompts are counted. Of several
 * servers each is asked for the name; prompts are made by the first one's count, so that all are asked the same.
 * @throws Error where servers give one model different names and one is expected
 */
export function learn(run: Run, models: readonly string[], data: SetupData): Soon<void> {
  const kinds = kindsMade(run.definition);
  if (run.routing) data.expected = {};
  if (kinds.length > 0) data.tokenizers = {};
  if (!run.routing && kinds.length === 0) return;
  const { identity } = run.requestsOf('setup');
  const { routes = [] } = run.definition.settings;
  const all = new Set([...models, ...routes.map((route) => route.model)]);
  let sent = 0;

  const learnModel = ({ name, send }: Server, model: string): Soon<void> => {
    const probe: Probe = (text) => {
      const { nonce, requestId, traceparent } = identity(sent++);
      const tags = { phase: 'warmup', model };
      // What asks for an echo counts among a prompt's tokens, too.
      const prompt = `[${nonce}] ${text}${run.echo ? echoLine(nonce) : ''}`;
      return send({ model, prompt, requestId, traceparent, outputTokens: 1, tags });
    };
    return after(probe('Hi'), (short) => {
      if (data.expected) {
        const answered = nameIn(short, all);
        data.expected[model] ??= answered;
        if (answered !== data.expected[model])
          throw new Error(`EXPECT_MODEL="exact": ${name} calls ${model} ${answered}`);
      }
      const { tokenizers } = data;
      if (!tokenizers || name !== run.servers[0]?.name) return;
      return after(calibrate(short, probe, kinds), (tokenizer) => {
        if (tokenizer) tokenizers[model] = tokenizer;
      });
    });
  };

  const asked = run.servers.flatMap((server) => models.map((model) => ({ server, model })));
  let i = 0;
  return whilst(() => {
    const next = asked[i++];
    return next ? after(learnModel(next.server, next.model), () => true) : false;
  });
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
