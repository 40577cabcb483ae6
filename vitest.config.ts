import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** k6's modules outside k6. */
const MODULES = ['k6/metrics', 'k6/http', 'k6/execution', 'k6/encoding', 'k6/data', 'k6/x/tcp', 'k6/x/sse', 'k6'];
const alias = MODULES.map((name) => ({
  find: new RegExp(`^${name}$`),
  replacement: fileURLToPath(new URL(`test/fakes/${name.replaceAll('/', '-')}.ts`, import.meta.url)),
}));

/**
 * unit: pure code and fakes of k6 modules. k6: built bundles under real k6, most of which is waiting: more at a time than there are
 * cores. real: third-party servers, which take a core each to start.
 */
const project = (name: string, include: string[], timeout: number, maxWorkers = 4) => ({
  test: {
    name,
    include,
    ...(name !== 'unit' && { globalSetup: 'test/built.ts' }),
    maxWorkers,
    sequence: { groupOrder: maxWorkers }, // vitest wants one of its own for each number of workers
    testTimeout: timeout,
    hookTimeout: timeout,
  },
});

export default defineConfig({
  define: { LLMLOAD_VERSION: '"0.0.0-test"' },
  test: {
    // Files share a worker's modules: a third of the time went into loading them anew. A test that mocks a module resets them.
    isolate: false,
    projects: [
      {
        ...project(
          'unit',
          [
            'test/*.test.ts',
            'test/{lib,mock,cli,sim,report}/**/*.test.{ts,tsx}',
            'test/replay/replay-server.test.ts',
            'test/conformance/fakes.test.ts',
          ],
          20_000,
        ),
        define: { LLMLOAD_VERSION: '"0.0.0-test"' },
        oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
        resolve: { alias },
      },
      project('k6', ['test/k6/**/*.test.ts', 'test/conformance/k6.test.ts'], 120_000),
      project('real', ['test/real/**/*.test.ts'], 300_000, 2),
    ],
  },
});
