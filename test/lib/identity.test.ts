import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashText, identities, nonceIndex } from '../../lib/workload/identity.ts';
import { times } from './make.ts';

describe('identities', () => {
  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/;

  it('has a UUID, a nonce of 12 hex digits, and a trace context of the same trace', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.integer(), (seed, run, index) => {
        const { nonce, requestId, traceparent } = identities(seed, run, 's')(index);
        expect(nonce).toMatch(/^[0-9a-f]{12}$/);
        expect(requestId).toMatch(UUID);
        expect(traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
        expect(traceparent.slice(3, 35)).toBe(requestId.replaceAll('-', ''));
      }),
    );
  });

  it('repeats itself for the same seed, run, stream and index', () =>
    expect(identities(1, 'run', 's')(7)).toEqual(identities(1, 'run', 's')(7)));

  it.each([
    ['seed', identities(2, 'run', 's')],
    ['run', identities(1, 'nur', 's')],
    ['stream', identities(1, 'run', 't')],
  ])('is another for another %s', (_, other) => {
    const one = identities(1, 'run', 's');
    const both = [...times(2000, one), ...times(2000, other)];
    expect(new Set(both.map((i) => i.nonce)).size).toBe(4000);
    expect(new Set(both.map((i) => i.requestId)).size).toBe(4000);
  });

  it('is unique over warm-up indexes too, which are below 0', () => {
    const of = identities(1, 'run', 's');
    const all = [...times(5000, of), ...times(5000, (i) => of(-1 - i))];
    expect(new Set(all.map((i) => i.nonce)).size).toBe(10_000);
  });
});

describe('the index of a nonce', () => {
  it('is the one that it was made for, of 32 bits with a sign', () => {
    fc.assert(
      fc.property(fc.nat(), fc.string(), fc.integer(), (seed, run, index) => {
        expect(nonceIndex(seed, run, 's')(identities(seed, run, 's')(index).nonce)).toBe(index);
      }),
    );
  });

  it("is none for another stream's", () => {
    const read = nonceIndex(1, 'run', 's');
    for (const { nonce } of times(2000, identities(1, 'run', 't'))) expect(read(nonce)).toBeUndefined();
  });
});

it('hashes text as FNV-1a does', () => {
  expect(hashText('')).toBe(0x811c9dc5);
  expect(hashText('a')).toBe(0xe40c292c);
  expect(hashText('foobar')).toBe(0xbf9cf968);
});
