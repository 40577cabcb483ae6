/** What the server's GPUs cost, where it is said. */
import type { CostReport, Results } from '../../lib/results.ts';
import { billOf, type Pricing } from '../report/price.ts';

const QUICK =
  'quick: its overloads last for seconds, in which batches only fill; at saturation the server may give more tok/s, and tokens cost less';

/** Undefined without a price, or without output tok/s to price. */
export function costReport(
  results: Results,
  quick: boolean,
  { runs: [priced], asked }: Pricing,
): CostReport | undefined {
  const bill = priced && asked && billOf(results, 'it', priced, asked).cost;
  if (!bill) return undefined;
  const early = quick && bill.rows.some(({ basis }) => basis === 'saturation');
  return early ? { ...bill, notes: [QUICK, ...bill.notes] } : bill;
}
