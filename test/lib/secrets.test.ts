import { expect, test } from 'vitest';
import { mask, secretsOf } from '../../lib/secrets.ts';

test('the key and the values of headers are secrets; what is too short to tell from a word is none', () => {
  expect(secretsOf({ apiKey: 'sk-12345678', headers: { 'X-Team': 'team-secret', 'X-A': 'on' } })).toEqual([
    'sk-12345678',
    'team-secret',
  ]);
  expect(secretsOf({ apiKey: undefined, headers: undefined })).toEqual([]);
});

test('none is left in a text, nor escaped in JSON', () => {
  const secret = 'quo"ted\\secret';
  const text = `a ${secret} b ${JSON.stringify({ secret })}`;
  expect(mask(text, [secret])).toBe('a … b {"secret":"…"}');
  expect(mask('nothing here', [secret])).toBe('nothing here');
});
