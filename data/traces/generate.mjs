// Writes the sample traces beside this file: made up, in the exact formats of public ones. The same bytes every time.
//   node data/traces/generate.mjs
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Numbers in (0, 1): SplitMix32. */
function random(seed) {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let x = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return (((x ^ (x >>> 16)) >>> 0) + 0.5) / 2 ** 32;
  };
}

const normal = (u) => Math.sqrt(-2 * Math.log(u())) * Math.cos(2 * Math.PI * u());

/** Tokens: lognormal, cut at both ends. */
const lengths = (u, median, sigma, most) => () =>
  Math.max(1, Math.min(most, Math.round(median * Math.exp(sigma * normal(u)))));

/**
 * Bursty arrivals, ms from 0: Poisson, at a rate that changes about every 30 s, mostly to less than the mean, else to as much
 * as three times the mean.
 */
function arrivals(u, seconds, rate) {
  const times = [];
  for (let now = 0, until = 0, current = rate; now < 1000 * seconds; ) {
    if (now >= until) {
      until = now - 30_000 * Math.log(u());
      current = rate * (u() < 0.7 ? 0.2 + 0.6 * u() : 1.5 + 1.5 * u());
    }
    times.push(now);
    now -= (1000 / current) * Math.log(u());
  }
  return times;
}

const pad = (n, digits) => String(n).padStart(digits, '0');

/** `2023-11-16 18:15:46.6805900`, of a time in ms; the digits of a second after the point as wanted, times being whole µs. */
function stamp(epoch, digits, zone) {
  const us = Math.round(epoch * 1000);
  const date = new Date(Math.floor(us / 1000)).toISOString();
  return `${date.slice(0, 10)} ${date.slice(11, 19)}.${pad(us % 1e6, 6).padEnd(digits, '0')}${zone}`;
}

/** @param {{ seed: number, seconds: number, rate: number }} options rate: requests per second, about */
export function azureCode({ seed, seconds, rate }) {
  const u = random(seed);
  const [input, output] = [lengths(u, 1500, 1.1, 7437), lengths(u, 13, 0.9, 1899)];
  const start = Date.UTC(2023, 10, 16, 18, 17, 3);
  const rows = arrivals(u, seconds, rate).map((at) => `${stamp(start + at, 7, '')},${input()},${output()}`);
  return ['TIMESTAMP,ContextTokens,GeneratedTokens', ...rows].join('\n');
}

function azureConv() {
  const u = random(2);
  const [input, output] = [lengths(u, 1020, 0.9, 14_050), lengths(u, 129, 1, 1000)];
  const start = Date.UTC(2024, 4, 12);
  const rows = arrivals(u, 300, 1).map((at) => `${stamp(start + at, 6, '+00:00')},${input()},${output()}`);
  return `${['TIMESTAMP,ContextTokens,GeneratedTokens', ...rows].join('\n')}\n`;
}

function burstgpt() {
  const u = random(3);
  const [input, output] = [lengths(u, 400, 1.2, 4000), lengths(u, 220, 0.9, 2000)];
  const rows = arrivals(u, 3600, 0.1).map((at) => {
    const [tokensIn, tokensOut] = [input(), output()];
    const model = u() < 0.75 ? 'ChatGPT' : 'GPT-4';
    const log = u() < 0.8 ? 'Conversation log' : 'API log';
    return `${Math.round(5 + at / 1000)},${model},${tokensIn},${tokensOut},${tokensIn + tokensOut},${log}`;
  });
  return `${['Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type', ...rows].join('\n')}\n`;
}

/** Conversations that grow: a question brings back the blocks of those before it. All begin with block 0, a system prompt. */
function mooncake() {
  const u = random(4);
  const [more, output] = [lengths(u, 900, 0.8, 6000), lengths(u, 250, 0.8, 2000)];
  const open = [];
  let fresh = 1;
  const rows = arrivals(u, 300, 0.8).map((at) => {
    const again = open.length > 0 && u() < 0.6;
    const talk = again ? open[Math.floor(u() * open.length)] : { tokens: 512, ids: [0] };
    if (!again) open.push(talk);
    // Only whole blocks are found again: the last one's text goes on.
    const whole = talk.ids.slice(0, Math.floor(talk.tokens / 512));
    talk.tokens += more();
    while (whole.length < Math.ceil(talk.tokens / 512)) whole.push(fresh++);
    talk.ids = whole;
    const ids = whole.join(', ');
    const timestamp = Math.round(at / 3000) * 3000;
    return `{"timestamp": ${timestamp}, "input_length": ${talk.tokens}, "output_length": ${output()}, "hash_ids": [${ids}]}`;
  });
  return `${rows.join('\n')}\n`;
}

function plainCsv() {
  const u = random(5);
  const [input, output] = [lengths(u, 300, 1, 4000), lengths(u, 120, 0.8, 1000)];
  const rows = arrivals(u, 120, 2).map(
    (at) => `${at.toFixed(3)},${u() < 0.7 ? 'small' : 'large'},${input()},${output()}`,
  );
  return `${['timestamp_ms,model,input_tokens,output_tokens', ...rows].join('\n')}\n`;
}

const PROMPTS = [
  'How do I keep a bicycle chain from rusting over the winter?',
  'Translate "where is the station?" into Portuguese, Polish and Swedish.',
  'Explain this line of Python:\n\nprint(*sorted(words, key=len), sep="\\n")',
  'Give me three names for a bakery, and say why.',
];

/** Prompts themselves, and requests of which only the length is known. */
function plainJson() {
  const u = random(6);
  const [input, output] = [lengths(u, 300, 1, 4000), lengths(u, 120, 0.8, 1000)];
  const rows = arrivals(u, 120, 2).map((at) => {
    const asked = u() < 0.6 ? { prompt: PROMPTS[Math.floor(u() * PROMPTS.length)] } : { input_tokens: input() };
    return JSON.stringify({ timestamp_ms: Number(at.toFixed(3)), ...asked, output_tokens: output() });
  });
  return `${rows.join('\n')}\n`;
}

/** @returns {Record<string, string>} file name → text */
export const samples = () => ({
  'azure-code.csv': azureCode({ seed: 1, seconds: 600, rate: 1 }),
  'azure-conv.csv': azureConv(),
  'burstgpt.csv': burstgpt(),
  'mooncake.jsonl': mooncake(),
  'plain.csv': plainCsv(),
  'plain.jsonl': plainJson(),
});

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, text] of Object.entries(samples())) writeFileSync(new URL(name, import.meta.url), text);
