import { describe, expect, it } from 'vitest';
import { echoIn, echoLine } from '../../lib/echo.ts';
import { levels, rampingVus } from '../../lib/load/closed.ts';
import { conversationLoad } from '../../lib/load/conversations.ts';
import { constantRate } from '../../lib/load/open.ts';
import { noncesOf } from '../../lib/nonces.ts';
import { identities } from '../../lib/workload/identity.ts';
import { furtherIndex, warmUpIndex } from '../../lib/workload/indexes.ts';
import { indexOf } from '../../lib/workload/talk.ts';
import { settingsOf } from './make.ts';

const OWN = '0123456789ab';
const OTHER = 'ba9876543210';
const asked = { nonce: OWN, isAnothers: (nonce: string) => nonce === OTHER };

describe('the beginning of an answer', () => {
  it.each([
    [`[${OWN}] Hello`, { whose: 'own', nonce: OWN }],
    [`[${OWN} gpu-1:8000] Hello`, { whose: 'own', nonce: OWN, backend: 'gpu-1:8000' }],
    [`\n**[${OWN}]** Hello`, { whose: 'own', nonce: OWN }],
    [`[${OTHER} b2] Hello`, { whose: 'other', nonce: OTHER, backend: 'b2' }],
    ['', { whose: 'none' }],
    ['Hello', { whose: 'none' }],
    ['[1] Hello', { whose: 'none' }],
    // Made up or mistyped: nobody's, and its name says nothing.
    ['[0123456789ac b1] Hello', { whose: 'none' }],
    [`[${OWN.toUpperCase()}]`, { whose: 'none' }],
    [`[${OWN} two words]`, { whose: 'none' }],
    [`[${OWN}`, { whose: 'none' }],
    [`${'x'.repeat(86)}[${OWN}]`, { whose: 'own', nonce: OWN }],
    [`${'x'.repeat(87)}[${OWN}]`, { whose: 'none' }],
  ])('%j', (text, echo) => expect(echoIn(text, asked)).toEqual(echo));

  it('costs no look-up where it is the own one', () => {
    const isAnothers = () => {
      throw new Error('looked up');
    };
    expect(echoIn(`[${OWN}]`, { nonce: OWN, isAnothers }).whose).toBe('own');
  });

  it('is what a prompt asks for', () => expect(echoIn(echoLine(OWN), asked).whose).toBe('own'));
});

describe('a nonce of the run', () => {
  const own = settingsOf();
  const steps = levels({ levels: [8, 32], duration: 1000, requests: undefined, warmup: 1000, timeout: 1000 });
  const ramp = rampingVus({ concurrency: 20, warmup: 1, rampUp: 1, hold: 1, rampDown: 1, timeout: 1 });
  const users = conversationLoad(
    { concurrency: 9, conversations: 5, duration: undefined, warmup: 0, timeout: 1, thinkTime: 5 },
    100,
  );
  const open = constantRate({
    ...own,
    rate: 5,
    duration: 9000,
    arrival: { kind: 'constant' },
    vus: undefined,
  } as never);
  const nonce = (stream: string, index: number, runId = 'run') => identities(1, runId, stream)(index).nonce;
  const known = (plan: Parameters<typeof noncesOf>[0], reached = 10) => {
    const isNonce = noncesOf(plan, 1, 'run');
    return (of: string) => isNonce(of, reached);
  };

  it.each([
    ['another request of its level', steps, 'step_32', 7],
    ['one that began later', steps, 'step_32', 90_000],
    ['one of another level', steps, 'step_8', 100],
    ['a warm-up request of the last VU', steps, 'step_8', warmUpIndex(32, 400)],
    ['a further request of an iteration', ramp, 'step_20', furtherIndex(12, 2)],
    ['the first question of a conversation', users, 'step_9', indexOf({ conversation: 4, turn: 1 })],
    ['a warm-up request of an open loop', open, 'warmup', 3],
  ])('is that of %s', (_, plan, stream, index) => expect(known(plan)(nonce(stream, index))).toBe(true));

  it.each([
    ['another run', steps, nonce('step_8', 1, 'before')],
    ['a scenario that this run has not', steps, nonce('step_9', 1)],
    ['an iteration far ahead', steps, nonce('step_8', 2_000_000)],
    ['a VU that there is not', steps, nonce('step_8', warmUpIndex(99, 0))],
    ['no VU', steps, nonce('step_8', -1)],
    ['a question that had none', users, nonce('step_9', indexOf({ conversation: 4, turn: 2 }))],
  ])('is not that of %s', (_, plan, of) => expect(known(plan)(of)).toBe(false));

  it('is known while warm-up requests ask, whose own indexes are far below 0', () =>
    expect(known(steps, warmUpIndex(3, 50))(nonce('step_8', 5))).toBe(true));

  it('is hardly ever a mistyped one', () => {
    const isNonce = known(steps);
    const digits = [...'0123456789abcdef'];
    const wrong = Array.from({ length: 300 }, (_, index) => nonce('step_8', index)).flatMap((right) =>
      [...right].flatMap((_, at) =>
        digits.filter((d) => d !== right[at]).map((d) => right.slice(0, at) + d + right.slice(at + 1)),
      ),
    );
    // Of 32 bits one in 43,000 for iterations, one in 10,000 for warm-up requests, one in 670 for further ones.
    expect(wrong.filter(isNonce).length / wrong.length).toBeLessThan(0.002);
  });
});
