/** For tests that run beside others of their file: vitest's own hooks would take another one's end for theirs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { type Mock, type MockOptions, startMock } from '../../mock/index.ts';

export type Own = Pick<TestContext, 'onTestFinished'>;

/** A mock that is stopped with its test. */
export async function mockOf({ onTestFinished }: Own, options: Partial<MockOptions> = {}): Promise<Mock> {
  const mock = await startMock(options);
  onTestFinished(() => mock.close());
  return mock;
}

/** A folder that goes with its test. */
export function folderOf({ onTestFinished }: Own): string {
  const folder = mkdtempSync(join(tmpdir(), 'llmload-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
