/** deploy/ without a Docker engine: what it mounts is there, what it names exists, nothing is open to the network. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => parse(readFileSync(join(root, path), 'utf8'));

interface Service {
  image: string;
  ports: string[];
  volumes: string[];
  command?: string[];
  environment?: Record<string, string>;
}
const { services, volumes } = read('deploy/compose.yaml') as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
};

/** What a path in a container is here. */
function mounted(service: Service, path: string): string | undefined {
  const found = service.volumes.map((volume) => volume.split(':')).find(([, to = '']) => path.startsWith(`${to}/`));
  const [from = '', to = ''] = found ?? [];
  return from.startsWith('.') ? join(root, 'deploy', from, path.slice(to.length)) : undefined;
}

describe.each(Object.entries(services))('%s', (_, service) => {
  test('is of a version that does not move, on this machine alone', () => {
    expect(service.image).toMatch(/^[\w/]+:v?\d+\.\d+\.\d+$/);
    for (const port of service.ports) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  test('mounts what is there', () => {
    for (const volume of service.volumes) {
      const [from = '', , mode] = volume.split(':');
      if (!from.startsWith('.')) expect(Object.keys(volumes)).toContain(from);
      else {
        expect(existsSync(join(root, 'deploy', from)), volume).toBe(true);
        expect(mode).toBe('ro');
      }
    }
  });
});

const { prometheus, grafana } = services as { prometheus: Service; grafana: Service };

test('Prometheus takes remote writes and native histograms, and finds its files', () => {
  expect(prometheus.command).toContain('--web.enable-remote-write-receiver');
  const [, major = 0, minor = 0] = prometheus.image.match(/:v(\d+)\.(\d+)/)?.map(Number) ?? [];
  expect(major * 100 + minor).toBeGreaterThanOrEqual(308);
  const config = prometheus.command?.find((word) => word.startsWith('--config.file='))?.slice(14) ?? '';
  expect(existsSync(mounted(prometheus, config) ?? '')).toBe(true);
  const [
    {
      file_sd_configs: [{ files }],
    },
  ] = read('deploy/prometheus/prometheus.yml').scrape_configs;
  for (const file of files) expect(existsSync(mounted(prometheus, file) ?? ''), file).toBe(true);
  for (const { targets, labels } of read('deploy/prometheus/targets.yml')) {
    expect(labels).toHaveProperty('job');
    for (const target of targets) expect(target).toMatch(/^[\w.]+:\d+$/);
  }
});

test('Grafana is given that Prometheus and all dashboards, to look at', () => {
  const [source] = read('deploy/grafana/datasources/prometheus.yaml').datasources;
  const { hostname, port } = new URL(source.url);
  expect(services[hostname]?.ports).toContain(`127.0.0.1:${port}:${port}`);
  expect(source.jsonData.timeInterval).toBe(read('deploy/prometheus/prometheus.yml').global.scrape_interval);
  const [{ options }] = read('deploy/grafana/dashboards/llmload.yaml').providers;
  const folder = mounted(grafana, `${options.path}/`) ?? '';
  expect(readdirSync(folder)).toContain('load-test-native.json');
  const home = grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? '';
  expect(existsSync(mounted(grafana, home) ?? '')).toBe(true);
  expect(grafana.environment).toMatchObject({
    GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
    GF_AUTH_DISABLE_LOGIN_FORM: 'true',
    GF_AUTH_BASIC_ENABLED: 'false',
  });
});
