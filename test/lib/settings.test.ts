import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskUrl } from '../../lib/secrets.ts';
import { mixShares } from '../../lib/settings/mix.ts';
import { durationMs, parseSetting } from '../../lib/settings/parse.ts';
import { COMMON, oneOff, parseSettings, publicSettings } from '../../lib/settings/settings.ts';
import { flagOf, SETTING_NAMES, SETTINGS, type SettingName, setting } from '../../lib/settings/table.ts';

const read = (env: Record<string, string>) =>
  parseSettings(env, { ...COMMON, RATE: '5', DURATION: true, LEVELS: true, MIX: true, CONCURRENCY: '30' });

describe('the table', () => {
  it.each(SETTING_NAMES)('%s: its default is a value that it allows', (name) => {
    const { default: usual } = setting(name);
    if (usual !== undefined) expect(() => parseSetting(name, usual)).not.toThrow();
  });

  it('has flags in kebab case but for four', () => {
    const own = SETTING_NAMES.filter((n) => flagOf(n) !== n.toLowerCase().replaceAll('_', '-'));
    expect(own.map(flagOf)).toEqual(['url', 'requests', 'ramp', 'json']);
  });

  it('has no flag or name twice', () => {
    const flags = SETTING_NAMES.map(flagOf);
    expect(new Set(flags).size).toBe(flags.length);
    const names = [...SETTING_NAMES, ...SETTING_NAMES.flatMap((n) => setting(n).alias ?? [])];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('durations', () => {
  it.each([
    ['90', 90_000],
    ['1.5', 1500],
    ['0', 0],
    ['500ms', 500],
    ['90s', 90_000],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['1d1ms', 86_400_001],
    ['1.5m', 90_000],
    ['1m1m', 120_000],
  ])('%s is %d ms', (text, ms) => expect(durationMs(text)).toBe(ms));

  it.each(['', 's', '-1s', '1y', '1,5s', '1s500', '5us', '1e3', ' 5s', 'Infinity'])('%j is none', (text) =>
    expect(durationMs(text)).toBeUndefined(),
  );

  it('adds up what any parts say', () => {
    fc.assert(
      fc.property(fc.nat(99), fc.nat(99), fc.nat(999), (m, s, ms) => {
        expect(durationMs(`${m}m${s}s${ms}ms`)).toBe(m * 60_000 + s * 1000 + ms);
      }),
    );
  });
});

describe('values', () => {
  it.each<[SettingName, string, unknown]>([
    ['TIMEOUT', ' 2m ', 120_000],
    ['MAX_FRAME', '16MB', 16_000_000],
    ['MAX_FRAME', '64k', 64_000],
    ['MAX_FRAME', '64KiB', 65_536],
    ['MAX_FRAME', '1.0005KiB', 1025],
    ['MAX_FRAME', '2048', 2048],
    ['STREAM', 'no', false],
    ['STREAM', 'TRUE', true],
    ['STREAM', '1', true],
    ['RATE', '.5', 0.5],
    ['RATE', '1e2', 100],
    ['CONCURRENCY', '30', 30],
    ['SEED', '4294967295', 4_294_967_295],
    ['LEVELS', '8,32, 64', [8, 32, 64]],
    ['LEVELS', '5..20:5', [5, 10, 15, 20]],
    ['LEVELS', '5..9:3', [5, 8]],
    ['LEVELS', '1..3', [1, 2, 3]],
    ['LEVELS', '1,2..8:2,16', [1, 2, 4, 6, 8, 16]],
    ['API', 'openai', 'openai'],
    ['MODEL', 'llama3:8b', 'llama3:8b'],
  ])('%s=%s', (name, text, value) => expect(parseSetting(name, text)).toEqual(value));

  it.each<[SettingName, string, string]>([
    ['TIMEOUT', 'soon', 'TIMEOUT="soon": not a duration; allowed: seconds, or as in 500ms, 90s, 1m30s, 2h'],
    ['TIMEOUT', '0', 'TIMEOUT="0": too short; allowed: 1 ms or more'],
    ['MAX_FRAME', '16 miles', 'MAX_FRAME="16 miles": not a size; allowed: bytes, or as in 64kB, 16MB'],
    ['MAX_FRAME', '1', 'MAX_FRAME="1": too small; allowed: a size of 1024 or more'],
    ['STREAM', 'maybe', 'STREAM="maybe": neither yes nor no; allowed: true or false'],
    ['RATE', '0', 'RATE="0": too small; allowed: a number of 0.001 or more (req/s)'],
    ['RATE', 'Infinity', 'RATE="Infinity": not a number; allowed: a number of 0.001 or more (req/s)'],
    ['TEMPERATURE', '3', 'TEMPERATURE="3": too large; allowed: a number from 0 to 2'],
    ['CONCURRENCY', '1.5', 'CONCURRENCY="1.5": not a whole number; allowed: a whole number of 1 or more (in flight)'],
    [
      'API',
      'gemini',
      'API="gemini": unknown; allowed: openai-chat, openai-completions, ollama-chat, ollama-generate, openai, ollama',
    ],
    ['LEVELS', '8-64', 'LEVELS="8-64": not a number; allowed: numbers as `8,32,64` or `10..100:10`, rising'],
    ['LEVELS', '8,8', 'LEVELS="8,8": not rising'],
    ['LEVELS', '64,8', 'LEVELS="64,8": not rising'],
    ['LEVELS', '9..5', 'LEVELS="9..5": "9..5" is no range'],
    ['LEVELS', '5..9:0', 'LEVELS="5..9:0": "5..9:0" is no range'],
    ['LEVELS', '1.2.3..4', 'LEVELS="1.2.3..4": "1.2.3..4" is no range'],
    ['LEVELS', '0..4', 'LEVELS="0..4": too small'],
    ['LEVELS', '1.5,2', 'LEVELS="1.5,2": not whole numbers'],
    ['LEVELS', '1..1e9', 'LEVELS="1..1e9": not a number'],
    ['LEVELS', '1..999999999', 'LEVELS="1..999999999": more than 1000 numbers'],
    ['MODEL', 'a,b', 'MODEL="a,b": k6 cannot name its metrics after this model; allowed: a name without , { }'],
    ['MODEL_B', 'a{b', 'MODEL_B="a{b": k6 cannot name'],
  ])('%s=%s is refused', (name, text, message) => {
    expect(() => parseSetting(name, text)).toThrow(message);
    expect(() => parseSetting(name, text)).toThrow(expect.objectContaining({ name: 'SettingsError' }));
  });

  it('makes the same numbers of a range as of its list', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 9 }), fc.nat(40), (from, step, n) => {
        const list = Array.from({ length: n + 1 }, (_, k) => from + k * step);
        expect(parseSetting('LEVELS', `${from}..${from + n * step}:${step}`)).toEqual(list);
        expect(parseSetting('LEVELS', list.join(','))).toEqual(list);
      }),
    );
  });
});

describe('BASE_URL', () => {
  it.each([
    ['localhost', 'http://localhost'],
    ['127.0.0.1:8000', 'http://127.0.0.1:8000'],
    ['host:8000/', 'http://host:8000'],
    ['host:8000/v1', 'http://host:8000'],
    ['https://host/v1/', 'https://host'],
    ['https://host/openai/v1', 'https://host/openai'],
    ['https://host/v1beta', 'https://host/v1beta'],
    ['[::1]:8000', 'http://[::1]:8000'],
    ['http://[::1]/v1', 'http://[::1]'],
    ['http://user:p@ss@host:80', 'http://user:p@ss@host:80'],
    ['HTTPS://Host', 'HTTPS://Host'],
    ['a_service.name', 'http://a_service.name'],
  ])('%s is %s', (text, url) => expect(read({ BASE_URL: text }).baseUrl).toBe(url));

  it.each([
    'ftp://host',
    'http://',
    '::1',
    'host:port',
    'http://host?x=1',
    'http://host/#a',
    'two words',
    'host:123456',
  ])('%s is refused', (text) =>
    expect(() => read({ BASE_URL: text })).toThrow('not an address; allowed: http(s)://host[:port][/path]'),
  );

  it('shows no password, in an error neither', () => {
    for (const url of ['http://user:hush@ho st', 'user:hush@ho st', 'ftp://user:hu@sh/hush@host']) {
      expect(() => read({ BASE_URL: url })).toThrow(
        expect.not.objectContaining({ message: expect.stringMatching('hush') }),
      );
    }
    expect(maskUrl('http://user:hush@host/a@b')).toBe('http://…@host/a@b');
    expect(maskUrl('http://user:p@hush@host')).toBe('http://…@host');
    expect(maskUrl('http://host:80/v@1')).toBe('http://host:80/v@1');
  });
});

describe('HEADERS', () => {
  it.each([
    ['X-A: 1', { 'X-A': '1' }],
    ['X-A: 1; X-B:2', { 'X-A': '1', 'X-B': '2' }],
    ['X-Url: http://a:1/b', { 'X-Url': 'http://a:1/b' }],
    ['X-A:\nX-B: 2;', { 'X-A': '', 'X-B': '2' }],
    ['{"Cookie": "a=1; b=2"}', { Cookie: 'a=1; b=2' }],
  ])('%j', (text, headers) => expect(read({ HEADERS: text }).headers).toEqual(headers));

  it.each([
    '{"a": 1}',
    '{"a": "1"',
    '{"a": "1\\r\\nb: 2"}',
    'no colon',
    ': 1',
    'two words: 1',
    'Cookie: a=1; secret=hush',
    'Cookie: a=1; secret=hush:hush',
  ])('refuses %j and shows none of it', (text) => {
    let message = '';
    try {
      read({ HEADERS: text });
    } catch (e) {
      message = (e as Error).message;
    }
    expect(message).toMatch(/^HEADERS="…": .*; allowed: a JSON object/);
    expect(message).not.toMatch(/hush|secret|words/);
  });
});

describe('MIX', () => {
  it('splits at the last colon', () => {
    expect(read({ MIX: 'llama3:8b:0.5, q:1' }).mix).toEqual([
      { model: 'llama3:8b', weight: 0.5 },
      { model: 'q', weight: 1 },
    ]);
  });

  it.each([
    'a',
    'a:1',
    'a:1,a:2',
    'a:1,b',
    'a:1,b:0',
    'a:1,b:-1',
    'a:1,b:x',
    'a:1,',
    ' :1,b:1',
    'a:Infinity,b:1',
    'a{:1,b:1',
  ])('%s is refused', (text) => expect(() => read({ MIX: text })).toThrow(/^MIX=/));

  const two = { mix: undefined, modelA: 'a', modelB: 'b', weightA: 0.7, weightB: 0.3 };
  it('is what MODEL_A and MODEL_B become', () => {
    const shares = [
      { model: 'a', weight: 0.7 },
      { model: 'b', weight: 0.3 },
    ];
    expect(mixShares(two)).toEqual(shares);
    expect(mixShares({ ...two, modelA: undefined, mix: shares })).toBe(shares);
  });

  it.each([
    [{ modelA: undefined }, 'MODEL_A="": not set'],
    [{ modelB: undefined }, 'MODEL_B="": not set'],
    [{ modelB: 'a' }, 'MODEL_B="a": the same as MODEL_A'],
    [{ weightA: 0 }, 'WEIGHT_A="0": too small'],
    [{ weightB: 0 }, 'WEIGHT_B="0": too small'],
  ])('%j is refused', (parts, message) => expect(() => mixShares({ ...two, ...parts })).toThrow(message));
});

describe('WORKLOAD', () => {
  it('is one profile, or several by weight', () => {
    expect(read({ WORKLOAD: 'code' }).workload).toEqual([{ profile: 'code', weight: 1 }]);
    expect(read({ WORKLOAD: 'chat:0.7, code:0.2,summarization:0.1' }).workload).toEqual([
      { profile: 'chat', weight: 0.7 },
      { profile: 'code', weight: 0.2 },
      { profile: 'summarization', weight: 0.1 },
    ]);
    expect(read({}).workload).toBeUndefined();
  });

  it.each([
    ['chatt', '"chatt" is no profile'],
    ['toString', '"toString" is no profile'],
    ['chat:1,poetry:1', '"poetry" is no profile'],
    ['chat,code', '"chat" is no profile:weight above 0'],
    ['chat:0', '"chat:0" is no profile:weight above 0'],
    ['chat:1,chat:2', 'names a profile twice'],
  ])('%s is refused', (text, wrong) =>
    expect(() => read({ WORKLOAD: text })).toThrow(
      `WORKLOAD="${text}": ${wrong}; allowed: one of chat, code, summarization, or several by weight, as in chat:0.7,code:0.3`,
    ),
  );
});

describe('ARRIVAL', () => {
  const arrival = (ARRIVAL: string) =>
    parseSettings({ BASE_URL: 'h:1', ARRIVAL }, { ...COMMON, ARRIVAL: true }).arrival;

  it.each([
    ['constant', { kind: 'constant' }],
    [' poisson', { kind: 'poisson' }],
    ['gamma:0.5', { kind: 'gamma', burstiness: 0.5 }],
    ['ramped', { kind: 'ramped', from: 0, to: 1 }],
    ['ramped:2.5..0', { kind: 'ramped', from: 2.5, to: 0 }],
    ['spikes', { kind: 'spikes', factor: 2, count: 3 }],
    ['spikes:4', { kind: 'spikes', factor: 4, count: 3 }],
    ['spikes:1.5,10', { kind: 'spikes', factor: 1.5, count: 10 }],
    ['day', { kind: 'day', low: 0.25 }],
    ['day:0', { kind: 'day', low: 0 }],
  ])('%s', (text, expected) => expect(arrival(text)).toEqual(expected));

  it.each([
    ['uniform', '"uniform" is no arrival process'],
    ['poisson:2', 'poisson takes nothing after it'],
    ['gamma', 'not gamma:BURSTINESS'],
    ['gamma:-1', 'not gamma:BURSTINESS'],
    ['gamma:0', 'BURSTINESS is below 0.01'],
    ['ramped:1', 'not ramped:FROM..TO'],
    ['ramped:0..0', 'the higher of FROM and TO is not above 0'],
    ['spikes:0', 'FACTOR is not above 0'],
    ['spikes:2,0', 'COUNT is not above 0'],
    ['spikes:2,1.5', 'not spikes:FACTOR,COUNT'],
    ['day:2', 'LOW is above 1'],
  ])('%s is refused', (text, wrong) =>
    expect(() => arrival(text)).toThrow(`ARRIVAL="${text}": ${wrong}; allowed: constant, poisson, gamma:BURSTINESS, `),
  );
});

describe('lengths', () => {
  it.each([
    ['256', 256],
    ['uniform:64..512', { kind: 'uniform', min: 64, max: 512 }],
    ['normal:256±200:10..4096', { kind: 'normal', mean: 256, sd: 200, min: 10, max: 4096 }],
    ['normal:256,200:10..4096', { kind: 'normal', mean: 256, sd: 200, min: 10, max: 4096 }],
    ['normal:25.5, 0.5:10..30', { kind: 'normal', mean: 25.5, sd: 0.5, min: 10, max: 30 }],
    ['lognormal:256,0.8:10..4096', { kind: 'lognormal', median: 256, sigma: 0.8, min: 10, max: 4096 }],
    ['file:my:lengths.txt', { kind: 'file', path: 'my:lengths.txt' }],
  ])('%s', (text, lengths) => {
    expect(read({ INPUT_TOKENS: text }).inputTokens).toEqual(lengths);
    expect(read({ OUTPUT_TOKENS: text }).outputTokens).toEqual(lengths);
  });

  it.each([
    ['0', 'not a whole number of 1 or more'],
    ['1.5', 'not a whole number of 1 or more'],
    ['many', 'not a whole number of 1 or more'],
    ['gauss:1,2:1..9', '"gauss" is no distribution'],
    ['uniform:64', 'not uniform:MIN..MAX'],
    ['uniform:0..5', 'its bounds begin below 1'],
    ['uniform:9..5', 'its bounds fall from 9 to 5'],
    ['normal:256', 'not normal:MEAN,SD:MIN..MAX'],
    ['normal:256,200', 'not normal:MEAN,SD:MIN..MAX'],
    ['normal:256,0:10..4096', 'SD is not above 0'],
    ['normal:5,1:10..4096', 'its mean 5 lies outside 10..4096'],
    ['lognormal:256±0.8:10..4096', 'not lognormal:MEDIAN,SIGMA:MIN..MAX'],
    ['lognormal:9999,1:10..4096', 'its median 9999 lies outside 10..4096'],
    ['file:', 'names no file'],
  ])('%s is refused', (text, wrong) =>
    expect(() => read({ INPUT_TOKENS: text })).toThrow(
      `INPUT_TOKENS="${text}": ${wrong}; allowed: a whole number of 1 or more, or as in uniform:64..512,`,
    ),
  );
});

describe('parseSettings', () => {
  it('takes the defaults of CONTRACTS, in ms and bytes', () => {
    expect(read({})).toMatchObject({
      timeout: 120_000,
      firstTokenTimeout: 60_000,
      idleTimeout: 30_000,
      maxFrame: 16_000_000,
      outputTokens: 128,
      temperature: 0.7,
      warmup: 2000,
      driver: 'auto',
      rate: 5,
      model: undefined,
    });
  });

  it('is frozen', () => {
    const settings = read({});
    expect(() => Object.assign(settings, { rate: 6 })).toThrow(TypeError);
  });

  it('counts an empty variable as not set', () => {
    const settings = read({ RATE: '', MODEL: '', MODELS: '' });
    expect(settings).toMatchObject({ rate: 5, model: undefined });
    expect(settings.warnings()).toEqual([]);
    expect(settings.given.size).toBe(0);
  });

  it('knows what was given', () => expect([...read({ RATE: '5', SEED: '0' }).given]).toEqual(['SEED', 'RATE']));

  it('takes an alias, but the name first', () => {
    expect(read({ MAX_TOKENS: '7' }).outputTokens).toBe(7);
    expect(read({ MAX_TOKENS: '7' }).warnings()).toEqual([]);
    expect(read({ MAX_TOKENS: '7', OUTPUT_TOKENS: '8' }).outputTokens).toBe(8);
  });

  it('names the variable that was set, alias or not', () =>
    expect(() => read({ MAX_TOKENS: 'x' })).toThrow('MAX_TOKENS="x": not a whole number'));
});

describe('warnings', () => {
  it.each([
    [{ MODELL: 'm' }, ['MODELL is no setting; did you mean MODEL?']],
    [{ BASE_ULR: 'h' }, ['BASE_ULR is no setting; did you mean BASE_URL?']],
    [{ OUTPUT_TOKEN: '1' }, ['OUTPUT_TOKEN is no setting; did you mean OUTPUT_TOKENS?']],
    [{ MAX_TOKEN: '1' }, ['MAX_TOKEN is no setting; did you mean MAX_TOKENS?']],
    [{ HOLDS: '1', SEEDS: '1', PATH: '/bin', SLO_: 'chat' }, []],
    [{ HOLD: '5s' }, ['HOLD is set, but this scenario does not read it']],
    [{ MODEL: 'm', MAX_TOKENS: '5' }, []],
  ])('%j', (env, warnings) => expect(read(env as unknown as Record<string, string>).warnings()).toEqual(warnings));
});

describe('oneOff', () => {
  const word = fc.string({ unit: fc.constantFrom('A', 'B', '_'), maxLength: 8 });

  it('is true after one letter came, went, changed or swapped', () => {
    fc.assert(
      fc.property(word, fc.nat(), fc.constantFrom('X', 'A'), (text, at, letter) => {
        const i = at % (text.length + 1);
        const [head, tail] = [text.slice(0, i), text.slice(i)];
        expect(oneOff(text, head + letter + tail)).toBe(true);
        expect(oneOff(head + letter + tail, text)).toBe(true);
        if (tail[0] && tail[0] !== letter) expect(oneOff(text, head + letter + tail.slice(1))).toBe(true);
        if (tail[1] && tail[0] !== tail[1]) expect(oneOff(text, head + tail[1] + tail[0] + tail.slice(2))).toBe(true);
      }),
    );
  });

  it.each([
    ['MODEL', 'MODEL'],
    ['MODEL', 'MODELLS'],
    ['MODEL', 'NODES'],
    ['ABCD', 'BADC'],
    ['ABCD', 'CBAD'],
  ])('is false of %s and %s', (a, b) => expect(oneOff(a, b)).toBe(false));
});

describe('publicSettings', () => {
  it('holds no secret', () => {
    const settings = read({
      API_KEY: 'hush',
      HEADERS: 'Authorization: Bearer hush; X-Team: hush',
      BASE_URL: 'http://me:hush@host',
      MODEL: 'm',
    });
    const shown = publicSettings(settings);
    expect(JSON.stringify(shown)).not.toContain('hush');
    expect(shown).toMatchObject({
      BASE_URL: 'http://…@host',
      HEADERS: ['Authorization: …', 'X-Team: …'],
      MODEL: 'm',
      TIMEOUT: 120_000,
    });
    expect(Object.keys(shown).every((name) => name in SETTINGS)).toBe(true);
  });
});

describe('labels', () => {
  it('are kept as they are', () =>
    expect(read({ META: 'commit=1a2b3c, gpu=4 x H100=SXM' }).meta).toEqual({ commit: '1a2b3c', gpu: '4 x H100=SXM' }));

  it.each([
    ['commit', '"commit" is no name=value'],
    ['a=1,a=2', 'names a twice'],
    ['=x', '"=x" is no name=value'],
  ])('%s is refused', (text, why) => expect(() => read({ META: text })).toThrow(`META="${text}": ${why}`));
});
