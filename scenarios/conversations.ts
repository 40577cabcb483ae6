/** Closed loop of users who talk: a question, its answer, a pause, the next question with all that was said before. */
import type { Options } from 'k6/options';
import { conversations } from '../lib/conversation.ts';
import { conversationLoad } from '../lib/load/conversations.ts';
import { loadTest } from '../lib/load-test.ts';
import { judgesRouter } from '../lib/report/router.ts';
import { showsTurns } from '../lib/report/turns.ts';
import { readSettings } from '../lib/settings/read.ts';
import { COMMON } from '../lib/settings/settings.ts';

const settings = readSettings(__ENV, {
  ...COMMON,
  CONCURRENCY: '10',
  TURNS: '5',
  THINK_TIME: '2s',
  CONVERSATIONS: true,
  DURATION: true,
  SESSION_HEADER: 'X-Session-Id',
  ROUTES: true,
  AFFINITY: true,
});

const test = loadTest({
  name: 'conversations',
  settings,
  plan: conversationLoad(settings, 100),
  iterations: (run) => conversations(run, settings),
  extras: [showsTurns, judgesRouter],
});

export const options = test.options satisfies Options;
export const { setup, request, teardown, handleSummary } = test;
