/** The package `llmload`: what a k6 scenario of your own is made of. It runs in k6; docs/library.md shows how. */
/// <reference path="../extension/index.d.ts" preserve="true" />
// biome-ignore-all assist/source/organizeImports: by subject

// A whole test
export { loadTest, type LoadTest } from './load-test.ts';
export type { Definition, SetupData } from './run.ts';
export type { Ask } from './iteration.ts';
export type { OwnWork } from './asking.ts';

// Settings, read from the environment
export { readSettings } from './settings/read.ts';
export { COMMON, type CommonSettings, type Reads, type SettingsOf } from './settings/settings.ts';
export { mixShares } from './settings/mix.ts';
export { SettingsError, type MixShare } from './settings/parse.ts';

// Load shapes
export { constantRate, rates } from './load/open.ts';
export { blast, levels, rampingVus } from './load/closed.ts';
export { replay } from './load/replay.ts';
export { conversationLoad } from './load/conversations.ts';
export { conversations } from './conversation.ts';
export type { Due, Load, Phase, Plan, Step } from './load/plan.ts';

// Wire protocols, and a client that sends one request and measures nothing but it
export { openaiChat } from './api/openai-chat.ts';
export { openaiCompletions } from './api/openai-completions.ts';
export { ollamaChat } from './api/ollama-chat.ts';
export { ollamaGenerate } from './api/ollama-generate.ts';
export type { Api, Ask as ApiAsk, Said } from './api/api.ts';
export { createClient, type Complete, type Order, type OwnRequest } from './client/client.ts';
export type { Completion, Failure, Outcome, Usage } from './completion.ts';
export { tpot } from './metrics.ts';

// Workloads: what requests ask for, a function of seed and index
export { PROFILES as WORKLOAD_PROFILES, type ProfileName } from './settings/profiles.ts';
export { workOf, type Work } from './workload/work.ts';
export { parseLengths, type Lengths } from './settings/lengths.ts';
export { drawOf, type Draw } from './workload/lengths.ts';
export { prompts, type Prompts } from './workload/prompts.ts';
export { identities, type Identity } from './workload/identity.ts';
export { largestRemainder, mixer } from './workload/mix.ts';
export { createRandom, hashSeed, type Random } from './random.ts';
export type { Source, SourceRow } from './workload/source.ts';
export { arrivalTimes } from './workload/arrivals.ts';
export { parseArrival, type Arrival } from './settings/arrival.ts';
export { openTrace } from './workload/trace/open.ts';
export type { TraceSource } from './workload/trace/source.ts';

// Judging
export { PROFILES as SLO_PROFILES } from '../thresholds/profiles.ts';
export { parseSlo, type Term } from '../thresholds/slo.ts';
export type { Extra } from './analysis/analyze.ts';
export type { Results, StepResult } from './results.ts';
export { findsKnee } from './report/knee.ts';
export { findsLimit } from './report/limit.ts';
export { certifiesSla } from './report/sla.ts';
export { showsTurns } from './report/turns.ts';
export { judgesRouter } from './report/router.ts';
export { skippedRows } from './analysis/audit/trace.ts';
