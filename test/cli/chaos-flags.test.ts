import { describe, expect, test } from 'vitest';
import { type FaultFlags, type FaultSettings, injectorOf, parseFault, parseGpu } from '../../scripts/chaos/flags.ts';
import { parseToxic } from '../../scripts/chaos/injectors/toxiproxy.ts';

describe('one fault a run', () => {
  const of = (flags: FaultFlags, set: FaultSettings = {}) => injectorOf(flags, set);

  const good: [FaultFlags, FaultSettings, string | undefined][] = [
    [{ admin: 'localhost:9101', break: 'dead' }, {}, '1 backend dead'],
    [{ admin: 'a:1,http://b:2/', break: 'slow=2.5' }, {}, 'GPU 2.5× slower, 2 backends'],
    [{ admin: 'a:1,b:2', break: 'nvlink' }, {}, 'NVLink degraded 3×, 2 backends'],
    [{ admin: 'a:1,b:2', break: 'partition' }, {}, 'network partition of 2 backends'],
    [{ toxiproxy: 'localhost:8474', toxic: 'vllm:reset_peer' }, {}, 'toxic reset_peer on vllm'],
    [{ injectCommand: 'kubectl delete pod x' }, {}, 'fault by command'],
    [{ gpu: 'gpu1:0', restartCommand: 'true' }, {}, 'GPU 0 of gpu1 refuses work'],
    [{}, { CHAOS_INJECT_URL: 'https://h/i' }, 'fault'],
    [{}, { SPIKE: '2' }, undefined],
  ];
  test.each(good)('%j %j: %s', (flags, set, name) => expect(of(flags, set)?.name).toBe(name));

  const bad: [FaultFlags, FaultSettings, RegExp][] = [
    [{}, {}, /^there is no fault to make; allowed: --admin, --toxiproxy, .*SPIKE, --suite$/],
    [{ admin: 'a:1', break: 'dead', gpu: 'h:1' }, {}, /^--admin and --gpu: one fault a run$/],
    [{ injectCommand: 'x' }, { SPIKE: '2' }, /^--inject-command and SPIKE: one fault a run$/],
    [{ admin: 'a:1' }, {}, /^--admin needs --break$/],
    [{ admin: 'a:1', break: 'dead', toxic: 'x:latency' }, {}, /^--toxic is about --toxiproxy, and there is none$/],
    [{ break: 'dead' }, { SPIKE: '2' }, /^--break is about --admin, and there is none$/],
    [{ admin: 'a b', break: 'dead' }, {}, /^--admin="a b": not an address/],
    [{ admin: 'a:1', break: 'sleepy' }, {}, /^--break="sleepy": no such fault; allowed: dead, partition/],
    [{ toxiproxy: 'a:1' }, {}, /^--toxiproxy needs --toxic$/],
    [{ gpu: 'h:1' }, {}, /^--gpu needs --restart-command$/],
    [{ restoreCommand: 'x' }, { SPIKE: '2' }, /^--restore-command is about --inject-command, and there is none$/],
    [{ gpu: 'h:1', restartCommand: 'x', restoreCommand: 'x' }, {}, /^--restore-command is about --inject-command/],
    [{}, { SPIKE: '2', CHAOS_RESTORE_URL: 'http://x' }, /^CHAOS_RESTORE_URL is about CHAOS_INJECT_URL/],
    [{}, { CHAOS_INJECT_URL: 'canary' }, /^CHAOS_INJECT_URL: not an address; allowed: http\(s\):[^"]*$/],
  ];
  test.each(bad)('%j %j', (flags, set, says) => {
    expect(() => of(flags, set)).toThrow(says);
    expect(() => of(flags, set)).not.toThrow(/canary/);
  });
});

describe('what a mock, a GPU, a toxic is', () => {
  test.each(['slow=', 'slow=1', 'slow=x', 'slow=-3', 'dead=2', 'Dead', ''])('no fault: %j', (text) =>
    expect(() => parseFault(text)).toThrow(),
  );

  test('a host never becomes an option of ssh', () => {
    expect(parseGpu('root@gpu-1.example:0')).toEqual({ host: 'root@gpu-1.example', gpu: 0 });
    for (const text of ['-oProxyCommand=x:0', 'gpu1', 'gpu1:', 'gpu1:a', 'a b:0', '$(x):0', 'h;x:0', ':0'])
      expect(() => parseGpu(text), text).toThrow(/no host and GPU/);
  });

  test('a toxic', () => {
    expect(parseToxic('a:b:bandwidth,rate=64,stream=upstream,toxicity=0.5')).toEqual({
      proxy: 'a:b',
      type: 'bandwidth',
      stream: 'upstream',
      toxicity: 0.5,
      attributes: { rate: 64 },
    });
    const bad: [string, RegExp][] = [
      ['latency', /no proxy and toxic/],
      ['p:slow', /no toxic slow/],
      ['p:latency', /latency needs latency/],
      ['p:latency,latency=3s', /latency=3s/],
      ['p:latency,delay=3', /"delay=3" says nothing to latency/],
      ['p:timeout,timeout', /"timeout" says nothing/],
      ['p:reset_peer,toxicity=2', /toxicity=2/],
      ['p:reset_peer,stream=up', /stream=up/],
    ];
    for (const [text, says] of bad) expect(() => parseToxic(text), text).toThrow(says);
  });
});
