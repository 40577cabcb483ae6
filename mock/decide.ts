import type { IncomingHttpHeaders } from 'node:http';
import { planAnswer } from './answer.ts';
import { readAsk } from './ask.ts';
import { codeIn } from './code.ts';
import type { Job } from './engine.ts';
import { type FaultSpec, parseFault, strikes } from './fault-spec.ts';
import { findModel, type Model } from './models.ts';
import type { MockOptions, ModelSettings } from './options.ts';
import { errorPlan, jsonPlan, type Plan, streamPlan } from './plan.ts';
import type { Prefixes } from './prefixes.ts';
import type { Protocol } from './protocol.ts';
import { type Random, requestRandom } from './random.ts';
import { producedText } from './text.ts';
import type { TruthEntry } from './truth.ts';

/** What will be done about a request: a plan, and what the engine has to produce for it. */
export interface Decision {
  plan: Plan;
  settings: ModelSettings;
  work: Omit<Job, 'since'>;
  /** Keeps the prompt, and so many tokens of the answer, in the model's prefix cache; absent without one. */
  remember?: (tokens: number) => void;
}

interface Question {
  protocol: Protocol;
  headers: IncomingHttpHeaders;
  body: string;
  /** Counts requests from 0: what the random draws of this one depend on. */
  number: number;
}

/** Pure but for the truth, which it tells what was asked and what was chosen, and the age of what is cached. A plan alone is a refusal. */
export function decide(
  { protocol, headers, body, number }: Question,
  { options, prefixes }: { options: MockOptions; prefixes: Prefixes },
  entry: TruthEntry,
): Decision | Plan {
  const ask = readAsk(protocol, body);
  if (typeof ask === 'string') return invalid(protocol, ask);
  entry.model = ask.model;
  entry.promptTokens = ask.promptTokens;
  const model = findModel(options, ask.model);
  if (model === undefined) return unknownModel(protocol, ask.model);
  const { settings } = model;
  const spec = chooseFault(headers, model, requestRandom(options.seed, number, 'fault'));
  if (typeof spec === 'string') return invalid(protocol, spec);

  const known = prefixes.of(ask, settings);
  entry.cachedTokens = known?.cachedTokens ?? 0;
  const code = codeIn(ask.promptText());
  entry.nonce = code?.text ?? null;
  const opening = code?.wanted ? `[${[code.text, options.name].join(' ').trim()}]` : '';
  let answer = planAnswer(ask, settings, entry.id, entry.cachedTokens, opening);
  const value = spec?.value ?? spec?.fault.value?.default;
  answer = spec?.fault.answer?.(answer, value ?? 0) ?? answer;
  const face = protocol.face(answer, settings);
  const tokens = answer.reasoning + answer.content;
  let plan = answer.stream ? streamPlan(protocol, face, answer, settings) : jsonPlan(protocol, face.whole(), tokens);
  plan = spec?.fault.plan?.(plan, value) ?? plan;

  if (spec !== undefined) entry.fault = spec.label;
  entry.answered = plan.steps.some((step) => step.do === 'headers' && step.status === 200) ? answer.model : null;
  const { tokenMs, jitter } = settings;
  const { ttftMs } = answer;
  const random = requestRandom(options.seed, number, 'timing');
  const work = {
    model: ask.model,
    promptTokens: ask.promptTokens,
    tokens: Math.max(1, tokens),
    ttftMs,
    tokenMs,
    jitter,
    random,
  };
  const remember = known && ((produced: number) => known.remember(producedText(answer, produced)));
  return { plan, settings, work, ...(remember && { remember }) };
}

/** The most particular wish counts: this request's header, then the model's name, then options. A sentence = a bad wish. */
function chooseFault(headers: IncomingHttpHeaders, model: Model, random: Random): FaultSpec | string | undefined {
  const text = headers['x-mock-fault']?.toString() ?? model.fault ?? model.settings.fault;
  if (text === '') return undefined;
  try {
    const spec = parseFault(text);
    return strikes(spec, random) ? spec : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function invalid(protocol: Protocol, message: string): Plan {
  return errorPlan(protocol, 400, { message, type: 'invalid_request_error', code: 400 });
}

function unknownModel(protocol: Protocol, model: string): Plan {
  const message = `The model '${model}' does not exist`;
  return errorPlan(protocol, 404, { message, type: 'invalid_request_error', code: 'model_not_found' });
}
