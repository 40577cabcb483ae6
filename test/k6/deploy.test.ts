/** deploy/: manifests that name only what is there, settings that are settings, bundles that fit into a ConfigMap. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, copyFileSync, cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseSetting } from '../../lib/settings/parse.ts';
import { type SettingName, setting } from '../../lib/settings/table.ts';
import { root, version } from '../../scripts/build/root.mjs';
import { folderFor } from './run.ts';

const K8S = join(root, 'deploy/k8s');
const yaml = (path: string) => parse(readFileSync(join(K8S, path), 'utf8'));

/** What a ConfigMap holds at most: bytes. */
const CONFIG_MAP = 1_048_576;

const run = yaml('base/testrun.yaml');
const overlay = yaml('overlays/example/kustomization.yaml');
const settings = Object.fromEntries(
  readFileSync(join(K8S, 'overlays/example/settings.env'), 'utf8')
    .split('\n')
    .filter((line) => /^[^#]/.test(line))
    .map((line) => line.split(/=(.*)/s).slice(0, 2) as [SettingName, string]),
);

test('every bundle fits into a ConfigMap', () => {
  const folders = ['', 'sse', 'cloud'].map((name) => join(root, 'dist', name)).filter(existsSync);
  const bundles = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.js'))
      .map((file) => join(folder, file)),
  );
  expect(bundles.length).toBeGreaterThan(10);
  for (const file of bundles) expect(statSync(file).size, file).toBeLessThan(0.9 * CONFIG_MAP);
});

describe('the TestRun', () => {
  const { runner, script, initializer } = run.spec;

  test('names only what the overlay makes, the user makes, or lies beside it', () => {
    const generated: { name: string; files?: string[] }[] = overlay.configMapGenerator;
    const names = generated.map(({ name }) => name);
    expect(names).toContain(script.configMap.name);
    const files = generated.find(({ name }) => name === script.configMap.name)?.files;
    expect(files?.map((file) => file.split('=')[0])).toEqual([script.configMap.file]);
    const [{ configMapRef }, { secretRef }] = runner.envFrom;
    expect(names).toContain(configMapRef.name);
    expect(secretRef).toEqual({ name: 'llmload-secrets', optional: true });
    const claim = yaml('base/records.yaml').metadata.name;
    for (const { volumes } of [runner, yaml('collect.yaml').spec])
      expect(volumes).toEqual([{ name: 'records', persistentVolumeClaim: { claimName: claim } }]);
    for (const { resources } of [yaml('base/kustomization.yaml')])
      for (const file of resources) expect(existsSync(join(K8S, 'base', file)), file).toBe(true);
    expect(overlay.generatorOptions).toEqual({ disableNameSuffixHash: true }); // kustomize does not look for names in a TestRun
    expect(overlay.patches.map(({ target }: { target: object }) => target)).toEqual([{ kind: run.kind }]);
    for (const { path } of parse(overlay.patches[0].patch))
      expect(
        path
          .split('/')
          .slice(1)
          .reduce((at: Record<string, unknown>, key: string) => at?.[key], run),
        path,
      ).toBeDefined();
  });

  test('writes a file a runner, after its name is known', () => {
    const env: { name: string; value?: string; valueFrom?: object }[] = runner.env;
    const [name, records] = ['RUNNER', 'RECORDS'].map((wanted) => env.findIndex((each) => each.name === wanted));
    expect(name).toBeLessThan(records as number); // Kubernetes fills in only what stands before
    expect(env[records as number]?.value).toBe(`${runner.volumeMounts[0].mountPath}/$(RUNNER).jsonl`);
    expect(initializer).toEqual({ disabled: true }); // its k6 would not see envFrom
    expect(runner.image).toBe(`llmload:${version}`);
  });

  test('has settings that are settings, a seed among them, and no secret', () => {
    expect(settings.SEED).toMatch(/^\d+$/);
    for (const [name, value] of Object.entries(settings)) {
      expect(() => parseSetting(name as SettingName, value), name).not.toThrow();
      expect(setting(name as SettingName).type).not.toMatch(/^(secret|headers)$/);
    }
  });

  test('has a component that puts a bucket in the place of its volume', () => {
    const component = yaml('components/s3/kustomization.yaml');
    expect(component.kind).toBe('Component');
    const volume = yaml('components/s3/volume.yaml');
    expect(component.resources).toEqual(['volume.yaml']);
    const claim = yaml('base/records.yaml');
    const [{ target, patch }] = component.patches;
    expect(target).toEqual({ kind: claim.kind, name: claim.metadata.name });
    const spec = { ...claim.spec };
    for (const { op, path, value } of parse(patch)) {
      expect(op).toBe('add');
      spec[path.replace('/spec/', '')] = value;
    }
    // As static provisioning wants it: no class, so that no volume is made; and the one volume by its name.
    expect(spec).toMatchObject({ storageClassName: '', volumeName: volume.metadata.name });
    expect(volume.spec).toMatchObject({ storageClassName: '', accessModes: claim.spec.accessModes });
    const { runAsUser, fsGroup } = runner.securityContext;
    expect(volume.spec.mountOptions).toEqual(
      expect.arrayContaining([`uid=${runAsUser}`, `gid=${fsGroup}`, 'allow-other']),
    );
  });

  const kubectl = (process.env.PATH ?? '')
    .split(delimiter)
    .map((path) => join(path, 'kubectl'))
    .find(existsSync);
  test.skipIf(!kubectl)('is what kubectl makes of it', () => {
    const copy = join(folderFor(), 'k8s');
    cpSync(K8S, copy, { recursive: true });
    const own = join(copy, 'overlays/example');
    copyFileSync(join(root, 'dist/constant.js'), join(own, 'constant.js'));
    appendFileSync(join(own, 'kustomization.yaml'), 'components:\n  - ../../components/s3\n');
    const text = execFileSync(kubectl as string, ['kustomize', own], { encoding: 'utf8' });
    expect(text).toContain('name: constant-1');
    expect(text).toContain('volumeName: llmload-records');
    expect(text).toContain(`image: registry.example.com/llmload:${version}`);
  });
});

describe('the image', () => {
  const text = readFileSync(join(root, 'deploy/Dockerfile'), 'utf8');

  test('is built on pinned bases, and does not run as root', () => {
    const bases = text.match(/^FROM .*$/gm) ?? [];
    expect(bases).toHaveLength(3);
    for (const base of bases) expect(base).toMatch(/ [a-z]+:[\d.]+(-alpine)?@sha256:[0-9a-f]{64}( AS |$)/);
    expect(text.match(/^USER .*$/gm)).toEqual([`USER ${run.spec.runner.securityContext.runAsUser}`]);
  });

  test('finds the version, and what it copies', () => {
    const [, pattern = ''] = /sed -n 's\/(.*)\/\\1\/p'/.exec(text) ?? [];
    const found = new RegExp(pattern.replaceAll('\\(', '(').replaceAll('\\)', ')'), 'm').exec(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
    expect(found?.[1]).toBe(version);
    const allowed = readFileSync(join(root, 'deploy/Dockerfile.dockerignore'), 'utf8').match(/^!.*$/gm) ?? [];
    for (const line of allowed.filter((each) => !each.includes('*')))
      expect(existsSync(join(root, line.slice(1))), line).toBe(true);
    for (const [, from = ''] of text.matchAll(/^COPY (?!--from)(\w[\w.-]*)/gm)) expect(allowed).toContain(`!${from}`);
  });
});
