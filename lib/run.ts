import { parseSlo, type RequestLimits, requestLimits, type Term } from '../thresholds/slo.ts';
import type { Extra } from './analysis/analyze.ts';
import { type RouterAsked, type RouterSettings, routerAsked } from './analysis/router/asked.ts';
import { type DriverName, driverOf, type OwnRequest } from './client/client.ts';
import { native } from './client/native.ts';
import type { Iterations } from './iteration.ts';
import { type Plan, plannedRequests } from './load/plan.ts';
import { noncesOf } from './nonces.ts';
import { columns, paths } from './record.ts';
import { oneServer, type Servers } from './servers.ts';
import { type MixShare, SettingsError } from './settings/parse.ts';
import { type CommonSettings, publicSettings } from './settings/settings.ts';
import { onceForAll, seedOf } from './shared.ts';
import { storedFiles } from './stored.ts';
import { type Identity, identities } from './workload/identity.ts';
import { mixer } from './workload/mix.ts';
import { checkPrefix, prefixOf } from './workload/prefix.ts';
import type { Tokenizer } from './workload/prompts.ts';
import type { Source } from './workload/source.ts';
import type { Talk } from './workload/talk.ts';
import { entriesOf, type Work, workOf } from './workload/work.ts';

/** What a scenario file says of its test. */
export interface Definition extends OwnRequest {
  name: string;
  settings: CommonSettings & RouterSettings;
  plan: Plan;
  /** What is loaded in place of BASE_URL. Called at init. */
  servers?: (definition: Definition) => Servers;
  /** Models by weight; without it every request asks for MODEL. */
  mix?: readonly MixShare[];
  /** Percentiles are certified at this confidence; else observed. */
  confidence?: number;
  extras?: readonly Extra[];
  /** Where requests come from, if not out of the settings: a trace. */
  source?: Source;
  /** What a VU does in an iteration, if not one request. Called at init. */
  iterations?: (run: Run) => Iterations;
}

/** What setup() learns once and hands to every VU. */
export interface SetupData {
  /** The model to ask for, where there is no mix. */
  model: string;
  /** The share of the load that this instance carries; absent: all of it. */
  share?: number;
  /** Model asked → name that its answers carry; only where EXPECT_MODEL=exact. */
  expected?: Record<string, string>;
  /** Model → how its prompts are counted, where some are made to a length. */
  tokenizers?: Record<string, Tokenizer>;
}

/** One test in one VU, as its init context leaves it. */
export interface Run extends Servers {
  definition: Definition;
  driver: DriverName;
  seed: number;
  runId: string;
  started: string;
  /** Settings as they may be shown. Made when asked for: a VU needs none. */
  shown: () => Record<string, unknown>;
  /** Like `router`, in the first VU only. */
  terms: Term[];
  /** What one request must meet; undefined without an SLO. */
  limits: RequestLimits | undefined;
  /** Answers must come from the model that was asked. */
  routing: boolean;
  /** What the router is to do, where the scenario judges that. */
  router: RouterAsked | undefined;
  /** A fault is made on purpose, and must have been seen. */
  chaos: boolean;
  /** Answers are asked to begin with their request's nonce. */
  echo: boolean;
  /** Models of the mix, or of the trace. */
  models: string[];
  /** Profiles of the workload. */
  profiles: string[];
  /** Epoch ms. */
  now: () => number;
  /** A request of the run has this nonce, or may have had it by the time that iteration `reached` is under way. */
  isNonce: (nonce: string, reached: number) => boolean;
  /** The requests of one k6 scenario, made when a VU first runs it. */
  requestsOf: (scenario: string) => Requests;
}

/** What the requests of one scenario are, by index. */
export interface Requests {
  identity: (index: number) => Identity;
  /**
   * @param tokenizer of the model, where it is known
   * @param talk where the request is a question of a conversation
   */
  work: (index: number, tokenizer?: Tokenizer, talk?: Talk) => Work;
  /** How many questions a conversation has, where it is a recorded one. */
  questions: (conversation: number) => number | undefined;
  /** Undefined where every request asks for MODEL. */
  model: ((index: number) => string | undefined) | undefined;
  steps: Plan['steps'];
}

/** The first line of a records file: what it takes to analyse the records again. */
export interface Header {
  /** Version of the format. */
  llmload: 1;
  kind: 'run';
  run: string;
  started: string;
  scenario: string;
  driver: DriverName;
  /** Not known at init; the setup line says the share. */
  segment: null;
  settings: Record<string, unknown>;
  steps: Plan['steps'];
  routing: boolean;
  /** Models of the mix. */
  models: string[];
  /** Profiles of the workload. */
  profiles: string[];
  confidence: number | undefined;
}

/** Call in the init context. @throws SettingsError */
export function openRun(definition: Definition): Run {
  const { name, settings, plan, mix } = definition;
  const servers = (definition.servers ?? oneServer)(definition);
  // The others neither judge nor report.
  const first = __VU === 0;
  const terms = first ? parseSlo(settings.slo) : [];
  const { limits } = onceForAll(`limits of ${settings.slo}`, () => ({
    limits: terms.length > 0 ? requestLimits(terms) : undefined,
  }));
  const driver = driverOf(settings.driver);
  const { seed, runId, started } = seedOf(settings);
  const stored = storedFiles(settings);
  checkPrefix(settings);
  if (settings.echo && plan.steps.some((step) => step.sharing))
    throw new SettingsError('ECHO', 'true', 'prompts of a trace with block ids have no nonce', 'false with this TRACE');
  const noUrl = definition.servers && { BASE_URL: undefined };
  const shown = () => ({ ...publicSettings(settings), ...noUrl, SEED: seed, RUN_ID: runId });
  const models = mix?.map((m) => m.model) ?? [...(definition.source?.models ?? [])];
  const profiles = settings.workload?.map((share) => share.profile) ?? [];
  const routing = settings.expectModel === 'exact';
  // The first VU opens the store of the process; the others find it open.
  if (first) {
    const header = {
      llmload: 1,
      kind: 'run',
      run: runId,
      started,
      scenario: name,
      driver,
      segment: null,
      settings: shown(),
      steps: plan.steps,
      routing,
      models,
      profiles,
      confidence: definition.confidence,
    } satisfies Header;
    native?.open({
      columns: columns(),
      from: paths(),
      header: JSON.stringify(header),
      ...(settings.records && { path: settings.records }),
      gapSample: settings.itlSample,
    });
  }

  // No Map: the first of a VU costs it 9 kB.
  const opened: Record<string, Requests> = Object.create(null);
  const requestsOf = (scenario: string): Requests => {
    let requests = opened[scenario];
    if (!requests) {
      const steps = plan.steps.filter((s) => s.scenario === scenario);
      const total = steps[0] && plannedRequests(steps[0]);
      const { source } = definition;
      const entryOf = entriesOf(stored, seed, scenario);
      requests = {
        identity: identities(seed, runId, scenario),
        work: workOf(settings, seed, scenario, {
          ...stored,
          total,
          // Warm-up requests ask for a trace's models, but not with its prompts: a cache would know them.
          source: plan.due?.[scenario] && source,
          // One that servers shared would be warm for the second of them, where both lead to one backend.
          prefix: prefixOf(settings, seed, `${runId}${servers.serverOf(scenario) ?? ''}`, scenario, total),
        }),
        questions: (conversation) => {
          const entry = entryOf?.(conversation, conversation);
          return entry?.talk ? entry.questions.length : undefined;
        },
        model: mix
          ? modelsOf(mix, seed, total)
          : source && ((index) => (index < 0 ? undefined : source.row(index).model)),
        steps,
      };
      opened[scenario] = requests;
    }
    return requests;
  };

  return {
    definition,
    driver,
    seed,
    runId,
    started,
    shown,
    terms,
    limits,
    routing,
    router: first && definition.extras?.some((extra) => extra.ofRouter) ? routerAsked(settings, routing) : undefined,
    chaos: plan.steps.some((step) => step.phase === 'during'),
    echo: settings.echo,
    models,
    profiles,
    ...servers,
    now: native?.now ?? Date.now,
    isNonce: noncesOf(plan, seed, runId),
    requestsOf,
  };
}

function modelsOf(mix: readonly MixShare[], seed: number, total: number | undefined): (index: number) => string {
  const pick = mixer(
    mix.map((share) => share.weight),
    seed,
    total,
  );
  return (index) => (mix[pick(index)] as MixShare).model;
}
