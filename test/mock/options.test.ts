import { describe, expect, test } from 'vitest';
import { MOCK_OPTIONS, type MockFlags, mockOptionsFromFlags } from '../../mock/index.ts';
import { optionKey } from '../../mock/options.ts';

describe('the table', () => {
  test.each(MOCK_OPTIONS.map((row) => [row.name, row] as const))(
    '%s has a default of its own type, and help',
    (_, row) => {
      expect(row.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(row.help).toMatch(/^[A-Z].*[^.]$/);
      expect(mockOptionsFromFlags({})).toHaveProperty(optionKey(row), row.default);
    },
  );

  test('names and keys are unique', () => {
    expect(new Set(MOCK_OPTIONS.map((row) => row.name)).size).toBe(MOCK_OPTIONS.length);
    expect(new Set(MOCK_OPTIONS.map(optionKey)).size).toBe(MOCK_OPTIONS.length);
  });
});

describe('flags', () => {
  test.each<[MockFlags, Record<string, unknown>]>([
    [{ 'ttft-ms': '12.5' }, { ttftMs: 12.5 }],
    [{ ttftMs: '12.5' }, { ttftMs: 12.5 }],
    [{ tokens: undefined }, { tokens: 50 }],
    [{ models: 'a, b:7b' }, { models: ['a', 'b:7b'] }],
    [{ headers: 'late' }, { headers: 'late' }],
    [
      { queue: '-1', slots: '4' },
      { queue: -1, slots: 4 },
    ],
    [{ 'any-model': true }, { anyModel: true }],
    [{ 'role-prelude': false }, { rolePrelude: false }],
    [
      { 'role-prelude': 'false', 'any-model': '1' },
      { rolePrelude: false, anyModel: true },
    ],
    [{ fault: 'reset=3@0.1' }, { fault: 'reset=3@0.1' }],
    [
      { model: 'llama3:8b:ttft-ms=500,role-prelude=false,fault=reset=3@0.5,answers=x' },
      { modelOverrides: { 'llama3:8b': { ttftMs: 500, rolePrelude: false, fault: 'reset=3@0.5', answers: 'x' } } },
    ],
    [{ model: ['a:tokens=1', 'b:tokens=2'] }, { modelOverrides: { a: { tokens: 1 }, b: { tokens: 2 } } }],
    [{ model: 'a:tokens=1; b:tokens=2' }, { modelOverrides: { a: { tokens: 1 }, b: { tokens: 2 } } }],
  ])('%j', (flags, expected) => {
    expect(mockOptionsFromFlags(flags)).toMatchObject(expected);
  });

  test.each<[MockFlags, string]>([
    [{ 'ttft-ms': 'fast' }, '--ttft-ms "fast" is not allowed: want a number from 0 to 86400000 ms'],
    [{ 'ttft-ms': '' }, '--ttft-ms "" is not allowed'],
    [{ 'ttft-ms': true }, '--ttft-ms true is not allowed'],
    [{ 'token-ms': '-1' }, '--token-ms -1 is not allowed'],
    [{ tokens: '1.5' }, '--tokens 1.5 is not allowed: want an integer from 1 to 131072 tokens'],
    [{ tokens: 'Infinity' }, '--tokens Infinity is not allowed'],
    [{ port: '70000' }, '--port 70000 is not allowed: want an integer from 0 to 65535'],
    [{ jitter: '2' }, '--jitter 2 is not allowed: want a number from 0 to 1'],
    [{ headers: 'soon' }, '--headers "soon" is not allowed: want early or late'],
    [{ usage: true }, '--usage true is not allowed: want auto or always or never'],
    [{ 'any-model': 'maybe' }, '--any-model "maybe" is not allowed: want true or false'],
    [{ models: 'a,,b' }, '--models a,,b is not allowed: want names separated by commas'],
    [{ fault: 'boom' }, 'fault "boom": want name[=value][@share]'],
    [{ model: 'a' }, '--model "a" is not allowed: want NAME:option=value,option=value'],
    [{ model: 'a:tokens' }, '--model "a:tokens" is not allowed'],
    [{ model: 'a:tokens=0' }, '--tokens 0 is not allowed'],
    [{ model: 'a:fault=boom' }, 'fault "boom"'],
    [{ model: 'a:slots=3' }, '--model: slots cannot differ from model to model; these can: engine, ttft-ms'],
    [{ model: 'a:size=3' }, '--size is no option of the mock'],
    [{ ttft: '3' }, '--ttft is no option of the mock; there are: port'],
  ])('%j: %s', (flags, message) => {
    expect(() => mockOptionsFromFlags(flags)).toThrow(message);
    try {
      mockOptionsFromFlags(flags);
    } catch (error) {
      expect(String(error)).not.toContain('\n');
    }
  });
});
