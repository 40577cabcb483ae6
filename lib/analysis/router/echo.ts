import type { RouterVerdict } from '../../results.ts';
import type { Columns } from '../columns/columns.ts';
import type { RouterAsked } from './asked.ts';

/** Every answer is the answer to its own request: it begins with that request's code. */
export function judgeEcho(columns: Columns, rows: Int32Array, { echo }: RouterAsked): RouterVerdict[] {
  if (!echo) return [];
  const said = columns.category('echo');
  const outcome = columns.category('outcome');
  let right = 0;
  let silent = 0;
  let swapped = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const code = said.values[said.codes[row] as number];
    if (outcome.values[outcome.codes[row] as number] === 'swapped') swapped++;
    else if (code === 'own') right++;
    else if (code === 'none') silent++;
  }
  const verdict = (name: RouterVerdict['verdict'], why: string): RouterVerdict[] => [
    { check: 'echo', verdict: name, value: right + swapped > 0 ? swapped : null, why },
  ];
  const all = right + silent + swapped;
  if (swapped > 0) return verdict('FAIL', `${swapped} of ${all} answers were the answer to another request`);
  if (right <= silent)
    return verdict(
      'NOT_MEASURED',
      `${silent} of ${all} answers have no code: the model does not repeat it (ECHO=false does not ask for it)`,
    );
  return verdict('PASS', `all ${right} answers with a code have their own${silent > 0 ? `; ${silent} have none` : ''}`);
}
