import { once } from 'node:events';
import { type Mock, mockOptionsFromFlags, startMock } from '../../mock/index.ts';
import { CommandError, EXIT } from '../commands/exit.ts';
import { type Backend, configOf } from './backends.ts';
import type { Flags } from './flags.ts';
import type { BackendOptions } from './options.ts';

/** Serves the backends until a signal. The config is the last line: the command reads its own servers' from there. */
export async function serveBackends(options: BackendOptions, flags: Flags): Promise<void> {
  const mocks: Mock[] = [];
  const backends: Backend[] = [];
  try {
    for (const [k, models] of options.models.entries()) {
      const name = `b${k + 1}`;
      const mock = await serve(name, models, flags, options.port === undefined ? 0 : options.port + k);
      mocks.push(mock);
      const weight = options.weights[k];
      backends.push({ name, url: mock.url, models, ...(weight !== undefined && { weight }) });
    }
    for (const { name, url, models } of backends) console.log(`${name} at ${url}, models ${models.join(', ')}`);
    console.log(configOf(backends));
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  } finally {
    await Promise.all(mocks.map((mock) => mock.close()));
  }
}

async function serve(name: string, models: readonly string[], flags: Flags, port: number): Promise<Mock> {
  const { mockTtftMs = '50', mockTokens = '32', mockTokMs = '5', mockEngine } = flags;
  const pace =
    mockEngine === undefined ? { ttftMs: mockTtftMs, tokens: mockTokens, tokenMs: mockTokMs } : { engine: mockEngine };
  const given = { name, models: models.join(','), port: String(port), ...pace };
  let options: ReturnType<typeof mockOptionsFromFlags>;
  try {
    options = mockOptionsFromFlags(given);
  } catch (e) {
    throw new CommandError((e as Error).message, EXIT.badSetting);
  }
  return startMock(options).catch((e: Error) => {
    throw new CommandError(`backend ${name}: ${e.message}`);
  });
}
