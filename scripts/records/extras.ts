import type { Extra } from '../../lib/analysis/analyze.ts';
import { comparesTargets } from '../../lib/report/ab.ts';
import { judgesChaos } from '../../lib/report/chaos.ts';
import { findsKnee } from '../../lib/report/knee.ts';
import { findsLimit } from '../../lib/report/limit.ts';
import { judgesRouter } from '../../lib/report/router.ts';
import { certifiesSla } from '../../lib/report/sla.ts';
import { showsTurns } from '../../lib/report/turns.ts';

/** What else each scenario looks for: the same as its file in scenarios/ hands to loadTest. */
const EXTRAS: Readonly<Record<string, readonly Extra[]>> = {
  ab: [comparesTargets],
  blast: [findsKnee],
  saturation: [findsLimit, findsKnee],
  sla: [certifiesSla],
  conversations: [showsTurns, judgesRouter],
  router: [judgesRouter],
  chaos: [judgesChaos],
};

export const extrasOf = (scenario: string): readonly Extra[] => EXTRAS[scenario] ?? [];
