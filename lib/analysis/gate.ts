import type { Results, RouterCheck, Verdict } from '../results.ts';

/** What has verdicts that a run must pass. */
interface Judged {
  slo: Results['slo'];
  routing?: Results['routing'] | undefined;
  router?: Results['router'] | undefined;
}

/** Found in every run of a router, without being asked for: too little to tell is no fault of theirs. */
const UNASKED: readonly RouterCheck[] = ['fairness', 'buffering'];

/** The verdicts that a run must pass; the same in teardown, for the exit code and in a report. */
export const gateVerdicts = ({ slo, routing, router }: Judged): Verdict[] => [
  ...slo.map((v) => v.verdict),
  ...(routing ? [routing.verdict] : []),
  ...(router?.verdicts ?? []).filter((v) => v.verdict === 'FAIL' || !UNASKED.includes(v.check)).map((v) => v.verdict),
];
