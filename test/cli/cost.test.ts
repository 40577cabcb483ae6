import { describe, expect, it } from 'vitest';
import { SettingsError } from '../../lib/settings/parse.ts';
import { askedBy, type Flags, flag } from '../../scripts/cost/flags.ts';
import { readGpus } from '../../scripts/cost/gpus.ts';

const HEAD = 'name,GPUs,$/GPU-hour,tokens/s';

describe('a table of GPUs', () => {
  it('takes columns in any order, quotes, empty lines and a byte order mark', () => {
    const csv =
      '\uFEFFtokens/s,source,name,$/GPU-hour,GPUs,output tokens/request\r\n\r\n2800,measured,"H100, INT4",3.5,1,200\r\n900,,B,.5,2,\r\n';
    expect(readGpus(csv)).toEqual([
      {
        name: 'H100, INT4',
        gpus: 1,
        dollarsPerGpuHour: 3.5,
        tokensPerSecond: 2800,
        basis: 'table',
        measured: true,
        outputPerRequest: 200,
      },
      { name: 'B', gpus: 2, dollarsPerGpuHour: 0.5, tokensPerSecond: 900, basis: 'table', measured: false },
    ]);
  });

  it.each([
    ['', 'row 1: there is no column name, GPUs, $/GPU-hour, tokens/s'],
    [HEAD, 'has no row below its head'],
    [`${HEAD},watts\n`, 'row 1, column 5: "watts" is unknown'],
    [`${HEAD},GPUs\n`, 'row 1, column 5: "GPUs" is there twice'],
    ['name,GPUs\na,1', 'row 1: there is no column $/GPU-hour, tokens/s'],
    [`${HEAD}\na,1,2`, 'row 2: 3 of 4 columns'],
    [`${HEAD}\n\na,1,free,5`, 'row 3, column $/GPU-hour: "free" is no number above 0'],
    [`${HEAD}\na,1,2,5\nb,1,2,0`, 'row 3, column tokens/s: "0" is no number above 0'],
    [`${HEAD}\na,1,2,-5`, 'row 2, column tokens/s: "-5" is no number above 0'],
    [`${HEAD}\na,1,2,`, 'row 2, column tokens/s: is empty'],
    [`${HEAD}\na,1.5,2,5`, 'row 2, column GPUs: "1.5" is no whole number'],
    [`${HEAD}\n,1,2,5`, 'row 2, column name: is empty'],
    [`${HEAD},source\na,1,2,5,guessed`, 'row 2, column source: "guessed"'],
    [`${HEAD}\n"a,1,2,5`, 'row 2: Quoted field unterminated'],
  ])('%j: %s', (csv, message) => expect(() => readGpus(csv)).toThrow(message));

  it('says what is allowed', () =>
    expect(() => flag('table', 'my.csv', () => readGpus(`${HEAD}\na,1,x,5`))).toThrow(
      new SettingsError('--table', 'my.csv', 'row 2, column $/GPU-hour: "x" is no number above 0', 'a number above 0'),
    ));
});

const asked = (flags: Partial<Flags>) => askedBy({ loadFactor: '0.7', ...flags });

describe('the flags', () => {
  it('are read with their units', () => {
    expect(asked({})).toEqual({ loadFactor: 0.7, headroom: 0 });
    expect(asked({ loadFactor: '65%', headroom: '30%', load: '20 req/s', hostedPrice: '$2.50:10' })).toEqual({
      loadFactor: 0.65,
      headroom: 0.3,
      load: { value: 20, unit: 'req/s' },
      hostedPrice: { input: 2.5, output: 10 },
    });
    expect(asked({ load: '5000tokens/s', hostedPrice: '10' })).toMatchObject({
      load: { value: 5000, unit: 'tok/s' },
      hostedPrice: { output: 10 },
    });
  });

  it.each([
    [{ loadFactor: '70' }, '--load-factor="70"'],
    [{ loadFactor: '0' }, '--load-factor="0"'],
    [{ headroom: '-1%' }, '--headroom="-1%"'],
    [{ load: '20' }, '--load="20": not a load; allowed: requests or output tokens per second'],
    [{ load: '0 req/s' }, '--load="0 req/s"'],
    [{ load: '1.2.3 req/s' }, '--load="1.2.3 req/s"'],
    [{ hostedPrice: '1:2:3' }, '--hosted-price="1:2:3"'],
    [{ hostedPrice: ':10' }, '--hosted-price=":10"'],
  ])('%j is refused', (flags, message) => expect(() => asked(flags)).toThrow(message));
});
