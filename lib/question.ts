import { needsRecords, termsOf } from '../thresholds/slo.ts';
import type { Question } from './analysis/analyze.ts';
import { wantsCaching } from './analysis/audit/cache.ts';
import { timesTokens } from './client/client.ts';
import { faultsNoted } from './faults.ts';
import { stepsOfSegment } from './load/segment.ts';
import type { Run, SetupData } from './run.ts';

/** What the analysis of the run's records is to answer. */
export function questionOf(run: Run, data: SetupData | undefined): Question {
  const { definition, terms, driver, models, profiles, router, chaos } = run;
  const faults = chaos ? faultsNoted() : [];
  return {
    steps: data?.share === undefined ? definition.plan.steps : stepsOfSegment(definition.plan.steps, data.share),
    terms,
    endedAt: run.now(),
    wanted: {
      ...definition.settings,
      driver,
      caching: wantsCaching(definition.plan.steps, definition.settings.prefixTokens),
    },
    ...(data?.expected && { expected: data.expected }),
    ...(router && { router }),
    // Of several execution segments one makes the fault, and judges it.
    ...(chaos && (data?.share === undefined || faults.length > 0) && { faults }),
    models,
    profiles,
    ...(definition.confidence !== undefined && { confidence: definition.confidence }),
    ...(definition.extras && { extras: definition.extras }),
  };
}

/** A run without terms, without a routing test, a router's or a fault has nothing to judge. */
export const isGated = ({
  terms,
  routing,
  router,
  chaos,
}: Pick<Run, 'terms' | 'routing' | 'router' | 'chaos'>): boolean =>
  terms.length > 0 || routing || router !== undefined || chaos;

/** Terms, what a router is asked to do with backends, and what a fault did, that no other k6 can judge; there they fail. */
export const unjudged = ({ terms, definition, router, chaos, driver }: Run): number =>
  [terms, ...definition.plan.steps.filter((step) => step.slo !== undefined).map((step) => termsOf(step, terms))]
    .flat()
    .filter((term) => needsRecords(term, definition.confidence !== undefined, timesTokens(driver))).length +
  [router?.routes, router?.affinity, chaos].filter(Boolean).length;
