import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { outputOf } from '../../scripts/commands/output.ts';
import { remoteWrite } from '../../scripts/commands/remote-write.ts';

/** A Prometheus that only says how it was started. */
async function prometheus(flags: Record<string, string>, version = '2.42.0'): Promise<{ at: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    asked.push(`${url} ${headers.authorization ?? ''}`.trim());
    response.end(JSON.stringify({ data: url.endsWith('/flags') ? flags : { version } }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  return { at: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

async function writing(url: string | undefined, env: NodeJS.ProcessEnv = {}) {
  const said: string[] = [];
  const status = { say: (line: string) => void said.push(line), show() {}, clear() {} };
  return { env: await remoteWrite(url, env, status), said };
}

const RECEIVES = { 'web.enable-remote-write-receiver': 'true', 'enable-feature': '' };
const NATIVE = 'K6_PROMETHEUS_RW_TREND_AS_NATIVE_HISTOGRAM';

describe('--remote-write', () => {
  test('nothing is asked for: nothing is set', async () => {
    expect(await writing(undefined)).toEqual({ env: {}, said: [] });
  });

  test.each([
    ['the feature is on', { ...RECEIVES, 'enable-feature': 'exemplar-storage,native-histograms' }, '2.42.0', 'true'],
    ['the feature is off', RECEIVES, '2.42.0', 'false'],
    ['no longer a feature', RECEIVES, '3.9.1', 'true'],
    ['still a feature', RECEIVES, '3.7.3', 'false'],
    ['no Prometheus', {}, '', 'false'],
  ])('native histograms where Prometheus takes them: %s', async (_, flags, version, native) => {
    const { at } = await prometheus(flags, version);
    const { env, said } = await writing(at);
    expect(env).toMatchObject({
      K6_OUT: 'experimental-prometheus-rw',
      K6_PROMETHEUS_RW_SERVER_URL: `http://${at}/api/v1/write`,
      [NATIVE]: native,
    });
    expect(said).toEqual([
      `remote write: http://${at}/api/v1/write, latencies as ${native === 'true' ? 'native histograms' : 'percentiles so far'}`,
    ]);
    expect((await writing(at, { [NATIVE]: 'false' })).env[NATIVE]).toBe('false');
  });

  test('a password is for k6 and for the question, and is not said', async () => {
    const { at, asked } = await prometheus(RECEIVES);
    const { env, said } = await writing(`http://me:p%40ss@${at}/api/v1/push`, { K6_OUT: 'csv=a.csv' });
    expect(env).toMatchObject({
      K6_OUT: 'csv=a.csv,experimental-prometheus-rw',
      K6_PROMETHEUS_RW_SERVER_URL: `http://${at}/api/v1/push`,
      K6_PROMETHEUS_RW_USERNAME: 'me',
      K6_PROMETHEUS_RW_PASSWORD: 'p@ss',
    });
    expect(said.join()).not.toMatch(/me:|p@ss|p%40ss/);
    expect(asked.sort()).toEqual([
      `/api/v1/status/buildinfo Basic ${btoa('me:p@ss')}`,
      `/api/v1/status/flags Basic ${btoa('me:p@ss')}`,
    ]);
  });

  test('what takes no writes, or is not there, is said in one line, and the test goes on', async () => {
    const { at } = await prometheus({ ...RECEIVES, 'web.enable-remote-write-receiver': 'false' });
    expect(await writing(at)).toEqual({
      env: {},
      said: [
        `remote write: Prometheus at http://${at} was started without --web.enable-remote-write-receiver; the test goes on without it`,
      ],
    });
    const gone = createServer();
    await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
    const { port } = gone.address() as AddressInfo;
    await new Promise((done) => gone.close(done));
    expect((await writing(`me:secret@127.0.0.1:${port}`)).said).toEqual([
      `remote write: http://127.0.0.1:${port} cannot be asked: ECONNREFUSED; the test goes on without it`,
    ]);
  });

  test('what is no address is a bad setting, without its password', async () => {
    await expect(writing('me:secret@no where')).rejects.toThrow(/^--remote-write="…@no where": not an address/);
  });
});

describe('the tags of all samples', () => {
  const folder = resolve('runs', '20261122-015605-ramp');

  test('the test is called as its folder, a part of it too', () => {
    expect(outputOf(folder, {})).toEqual({
      testid: '20261122-015605-ramp',
      flags: ['--tag', 'testid=20261122-015605-ramp'],
      used: false,
    });
    expect(outputOf(resolve(folder, 'affinity'), {}).testid).toBe('20261122-015605-ramp');
  });

  test('a fault is named', () => {
    expect(outputOf(folder, { FAULT: '1 of 4, dead' }).flags).toContain('fault=1 of 4, dead');
  });

  test('what the environment has for k6 is kept: k6 would drop it beside a flag', () => {
    expect(outputOf(folder, { K6_OUT: 'csv=a.csv,experimental-prometheus-rw', K6_TAGS: 'env:ci' })).toEqual({
      testid: '20261122-015605-ramp',
      flags: [
        ...['-o', 'csv=a.csv', '-o', 'experimental-prometheus-rw'],
        ...['--tag', 'testid=20261122-015605-ramp', '--tag', 'env=ci'],
      ],
      used: true,
    });
  });

  test.each([
    [{}, ['--tag', 'testid=mine', '-o', 'json=a']],
    [{}, ['--tag=testid=mine', '--out=json=a']],
    [{ K6_TAGS: 'testid:mine', K6_OUT: 'json=a' }, []],
  ])('the user has another name for it: %j %j', (env, flags) => {
    expect(outputOf(folder, env, flags)).toMatchObject({ testid: 'mine', used: true });
  });
});
