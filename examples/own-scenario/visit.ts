/** Visitors of a site who log in and then chat, beside others who only look at its pages. */
import { check, sleep } from 'k6';
import http from 'k6/http';
import { Trend } from 'k6/metrics';
import type { Options } from 'k6/options';
import { COMMON, constantRate, loadTest, readSettings, type SetupData } from 'llmload';

const SITE = __ENV.SITE ?? 'http://127.0.0.1:3000';

// llmload's settings with defaults of our own; the environment still goes first, as in `-e RATE=20`.
const settings = readSettings(__ENV, {
  ...COMMON,
  RATE: '5',
  ARRIVAL: 'poisson',
  DURATION: '60s',
  VUS: true,
  WORKLOAD: 'chat:0.7,code:0.3',
  SLO: 'ttft.p95<2s,errors<1%',
});

const loginDuration = new Trend('login_duration', true);
let token: string | undefined;

/** Once a VU. If it throws, the request that needed it counts as failed. */
function login(): string {
  if (token === undefined) {
    const answer = http.post(`${SITE}/login`, JSON.stringify({ user: `visitor ${__VU}` }));
    if (answer.status !== 200) throw new Error(`login: HTTP ${answer.status}`);
    loginDuration.add(answer.timings.duration);
    token = String(answer.json('token'));
  }
  return token;
}

const test = loadTest({
  name: 'visit',
  settings,
  plan: constantRate(settings),
  headers: () => ({ Authorization: `Bearer ${login()}` }),
});

export const options = {
  ...test.options,
  scenarios: {
    ...test.options.scenarios,
    lookers: { executor: 'constant-vus', exec: 'look', vus: 2, duration: `${settings.duration}ms` },
  },
  thresholds: { ...test.options.thresholds, login_duration: ['p(95)<1000'] },
} satisfies Options;

export const { setup, warmup, teardown, handleSummary } = test;

/** What llmload's load shapes run. */
export function request(data: SetupData): void {
  const answer = test.ask(data);
  check(answer, { 'the chat answers': ({ outcome }) => outcome === 'ok' });
}

export function look(): void {
  http.get(SITE);
  sleep(1);
}
