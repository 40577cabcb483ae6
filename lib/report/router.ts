import type { Extra } from '../analysis/analyze.ts';
import { judgeRouter } from '../analysis/router/router.ts';
import type { Results, RouterResult, RouterVerdict } from '../results.ts';
import { fold, msText, shareText, table } from './table.ts';

/** Which backends answered, and what that says of the router. */
export const judgesRouter: Extra = {
  find: () => ({}),
  ofRouter: true,
  judge(columns, measured, { router, wanted }) {
    if (!router) return {};
    const data = measured.map((m) => m.data);
    return { router: judgeRouter(columns, data, router, wanted.stream) };
  },
  text: ({ router }: Results) => (router ? [...backendTable(router), ...verdicts(router)] : []),
};

function backendTable({ backends }: RouterResult): string[] {
  if (backends.length === 0) return ['backends: none is known; answers name them with ECHO, or BACKEND_HEADER does'];
  return table<RouterResult['backends'][number]>(
    [
      { head: 'model', width: 12, left: true, cell: (b) => b.model },
      { head: 'backend', width: 12, left: true, cell: (b) => b.backend },
      { head: 'requests', width: 8, cell: (b) => String(b.requests) },
      { head: 'share', width: 6, cell: (b) => shareText(b.share) },
      { head: 'due', width: 6, cell: (b) => shareText(b.due ?? undefined) },
      { group: 'TTFT ms', head: 'p50', width: 7, cell: (b) => msText(b.ttftP50 ?? undefined) },
    ],
    backends,
  );
}

const verdicts = ({ verdicts: list }: RouterResult): string[] => list.flatMap((v) => fold(routerVerdict(v)));

export const routerVerdict = ({ check, model, verdict, why }: RouterVerdict): string =>
  `${check}${model === undefined ? '' : ` ${model}`} ${verdict}: ${why}`;
