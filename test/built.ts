import { ensureBundles } from '../scripts/build/bundles.mjs';
import { ensureK6 } from '../scripts/build/k6.mjs';

/** bin/k6 and dist/, up to date before a test runs either. */
export async function setup(): Promise<void> {
  await ensureBundles();
  await ensureK6();
}
