import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { folderFor, mockFor, runCommand, runScenario } from './run.ts';

const CANARY = 'sk-canary-7d1f93aa';
const SECRETS = { API_KEY: CANARY, HEADERS: JSON.stringify({ 'X-Team': CANARY }) };

test('bin/k6: a key reaches the server and nothing else', async () => {
  const mock = await mockFor({ apiKey: CANARY });
  const run = await runScenario('blast', { BASE_URL: mock.url, ...SECRETS, CONCURRENCY: 2, TOTAL_REQUESTS: 5 });
  expect(run.code, run.output).toBe(0);
  expect(run.lines.every((line) => line.outcome === 'ok')).toBe(true);
  for (const [what, text] of Object.entries({ ...run, code: '' }))
    expect(JSON.stringify(text), what).not.toContain(CANARY);
});

test.each([['blast'], ['mix']])('llmload run %s: in none of its files, not on its output', async (scenario) => {
  const mock = await mockFor({ apiKey: CANARY, models: ['a', 'b'] });
  const cwd = folderFor();
  const settings = scenario === 'mix' ? { MODEL_A: 'a', MODEL_B: 'b' } : { MODEL: 'a' };
  const run = await runCommand(
    ['run', scenario, '--url', mock.url, '--requests', '10', '--warmup', '0s', '--api-key', CANARY],
    { HEADERS: SECRETS.HEADERS, ...settings },
    cwd,
  );
  expect(run.code, run.output).toBe(0);
  expect(run.output).not.toContain(CANARY);
  expect(run.stderr).toContain('API_KEY="$API_KEY"');
  const files = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThanOrEqual(3);
  for (const file of files)
    expect(readFileSync(join(file.parentPath, file.name), 'utf8'), file.name).not.toContain(CANARY);
});

/** A server that repeats the key it refuses, in the body and in the stream. */
async function parrot(): Promise<string> {
  const server = createServer((request, response) => {
    const message = `Incorrect API key provided: ${request.headers.authorization} ${request.headers['x-team']}`;
    response.writeHead(request.url === '/v1/models' ? 401 : 403, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ error: { message } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe('a server that repeats the key it refuses', () => {
  test.each([
    [['probe'], {}],
    [['probe', '--json'], {}],
    [['probe'], { MODEL: 'mock' }],
    [['run', 'blast'], { MODEL: 'mock' }],
  ])('llmload %j %j', async (args, settings) => {
    const run = await runCommand([...args, '--url', await parrot()], { ...SECRETS, ...settings });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/does not accept this API_KEY \(.*Incorrect API key provided: Bearer … …\)\n$/);
    expect(run.output).not.toContain(CANARY);
  });

  test.each(['', 'mock'])('bin/k6, MODEL="%s"', async (MODEL) => {
    const load = { BASE_URL: await parrot(), MODEL, CONCURRENCY: 1, TOTAL_REQUESTS: 2 };
    const run = await runScenario('blast', { ...SECRETS, ...load });
    expect(run.output).toContain('Incorrect API key provided');
    for (const [what, text] of Object.entries(run)) expect(JSON.stringify(text) ?? '', what).not.toContain(CANARY);
  });
});
