import type { Results, RouterCheck, Verdict } from '../results.ts';

/** What has verdicts that a run must pass. */
interface Judged {
  slo: Results['slo'];
  routing?: Results['routing'] | undefined;
  router?: Results['router'] | undefined;
  chaos?: Results['chaos'] | undefined;
}

/** Looked for in every run of a router, without being asked for: that nothing can be told is no failure. */
const UNASKED: readonly RouterCheck[] = ['echo', 'fairness', 'buffering'];

const GRAVEST: readonly Verdict[] = ['FAIL', 'NOT_MEASURED', 'INCONCLUSIVE', 'PASS'];

/** What several verdicts come to; undefined of none. */
export const gravest = (verdicts: readonly Verdict[]): Verdict | undefined => GRAVEST.find((v) => verdicts.includes(v));

/** The verdicts that a run must pass; the same in teardown, for the exit code and in a report. */
export const gateVerdicts = ({ slo, routing, router, chaos }: Judged): Verdict[] => [
  ...slo.map((v) => v.verdict),
  ...(routing ? [routing.verdict] : []),
  ...(router?.verdicts ?? []).filter((v) => v.verdict === 'FAIL' || !UNASKED.includes(v.check)).map((v) => v.verdict),
  ...(chaos ?? []).map((c) => c.verdict),
];
