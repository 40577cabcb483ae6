import { apiOf } from './api/index.ts';
import { asking } from './asking.ts';
import { messagesJson } from './client/client.ts';
import type { Iterations } from './iteration.ts';
import type { Place } from './record.ts';
import type { Requests, Run } from './run.ts';
import type { Lengths } from './settings/lengths.ts';
import { SettingsError } from './settings/parse.ts';
import { after, whilst } from './soon.ts';
import { storedLengths } from './stored.ts';
import { type Draw, drawOf } from './workload/lengths.ts';
import { indexOf, MOST_TURNS, type Talk, type Talks, talksOf } from './workload/talk.ts';

interface ConversationSettings {
  turns: Lengths;
  /** Mean, ms. */
  thinkTime: number;
  sessionHeader: string;
}

/**
 * One conversation an iteration: a question, its answer, a pause to read and think, the next question with all that was said
 * before, and so on. A failed answer ends it, since what would have followed cannot be asked; so does the end of the load.
 * Call it in the init context.
 * @throws SettingsError
 */
export function conversations(run: Run, settings: ConversationSettings): Iterations {
  const { now, seed, runId } = run;
  const { settings: common, api = apiOf(common.api) } = run.definition;
  if (!api.chat) throw new SettingsError('API', api.name, 'has no conversations', 'openai-chat, ollama-chat');
  const { sessionHeader, thinkTime } = settings;
  const turns = turnsOf(settings.turns);
  const { stand, waitUntil, orderOf, answerTo, measure, warmUp, warmup, counting } = asking(run);

  const given = common.given.has('TURNS');
  /** A recorded conversation is played whole, unless TURNS asks for less. */
  const turnsIn = (conversation: number, requests: Requests, talks: Talks): number => {
    const recorded = requests.questions(conversation);
    const drawn = recorded === undefined || given ? talks.turns(conversation) : MOST_TURNS;
    return Math.min(drawn, recorded ?? MOST_TURNS);
  };

  let talks: Talks | undefined;
  return {
    request(data) {
      const at = stand();
      const { scenario, startTime, index, requests, first, step } = at;
      talks ??= talksOf(seed, runId, scenario, turns, thinkTime);
      const { session: sessionOf, pause } = talks;
      const talk: Talk = { conversation: index, turn: 1 };
      const session = sessionOf(index);
      const place: Place = { i: indexOf(talk), scenario, step, phase: first.phase, warm: false, session, turn: 1 };
      const until = startTime + first.offset + (first.duration ?? Number.POSITIVE_INFINITY);
      return counting(place, data, () => {
        let history = '';
        let left = turnsIn(index, requests, talks as Talks);
        const talkOn = () =>
          whilst(() => {
            if (now() >= until) return false;
            place.turn = talk.turn;
            place.i = indexOf(talk);
            const order = orderOf(data, requests, place, { talk });
            order.history = history;
            order.headers = { [sessionHeader]: session };
            order.keepText = true;
            return after(answerTo(order, place), (c) => {
              measure(c);
              if (--left === 0 || c.outcome !== 'ok') return false;
              const [question, answer] = [order.prompt, c.text ?? ''];
              history += messagesJson({ role: 'user', content: question }, { role: 'assistant', content: answer });
              const next = now() + pause(place.i);
              waitUntil(Math.min(next, until));
              talk.turn++;
              return next < until;
            });
          });
        return after(warmUp(data, at), talkOn);
      });
    },
    warmup,
  };
}

function turnsOf(turns: Lengths): Draw {
  const stored = typeof turns === 'object' && turns.kind === 'file' ? storedLengths('TURNS', turns.path) : [];
  const most = mostOf(turns, stored);
  if (most > MOST_TURNS)
    throw new SettingsError('TURNS', `${most}`, 'too many questions', `conversations of at most ${MOST_TURNS}`);
  return drawOf(turns, stored);
}

function mostOf(turns: Lengths, stored: ArrayLike<number>): number {
  if (typeof turns === 'number') return turns;
  if (turns.kind !== 'file') return turns.max;
  // A long file is looked through once, not in each VU.
  return __VU === 0 ? Array.from(stored).reduce((a, b) => Math.max(a, b)) : 0;
}
