import { beforeEach, describe, expect, it, vi } from 'vitest';
import '../fakes/k6-globals.ts';

let shared: typeof import('../../lib/shared.ts');

beforeEach(async () => {
  vi.resetModules();
  shared = await import('../../lib/shared.ts');
});

describe('seed and run id', () => {
  const none = { seed: undefined, runId: undefined };

  it('are drawn once for all VUs', () => {
    const drawn = shared.seedOf(none);
    expect(shared.seedOf(none)).toEqual(drawn);
    expect(drawn.runId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(drawn.seed).toBe(Math.trunc(drawn.seed) >>> 0);
  });

  it('are another pair in another run', async () => {
    const drawn = shared.seedOf(none);
    vi.resetModules();
    const { seedOf } = await import('../../lib/shared.ts');
    expect(seedOf(none)).not.toEqual(drawn);
  });

  it('are what the user set, 0 too', () =>
    expect(shared.seedOf({ seed: 0, runId: 'fixed' })).toMatchObject({ seed: 0, runId: 'fixed' }));
});
