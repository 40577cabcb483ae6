import type { Answer } from './answer.ts';
import {
  afterFrames,
  buffered,
  cut,
  garbage,
  gzip,
  resetFirst,
  stallFirst,
  streamError,
  truncate,
} from './fault-effects.ts';
import { errorPlan, type Plan, rateLimitedPlan } from './plan.ts';

/** One way for an answer to go wrong: a change to what is said, or to how it is sent. */
export interface Fault {
  name: string;
  help: string;
  /** The number after `=`; absent = takes none. */
  value?: FaultValue;
  answer?: (answer: Answer, value: number) => Answer;
  plan?: (plan: Plan, value: number | undefined) => Plan;
}

export interface FaultValue {
  unit: string;
  min: number;
  max: number;
  /** Absent = half of the answer's frames. */
  default?: number;
}

const FRAMES: FaultValue = { unit: 'frames', min: 0, max: 1_000_000 };

/** Names are what users type; `reset@0.1` strikes one request in ten. */
export const FAULTS: readonly Fault[] = [
  { name: 'none', help: 'Answers normally: switches a default fault off for one request' },
  {
    name: 'status',
    help: 'Answers with this HTTP status and an error body',
    value: { unit: 'HTTP status', min: 400, max: 599, default: 500 },
    plan: ({ protocol }, status = 500) =>
      errorPlan(protocol, status, { message: `fault: status ${status}`, type: 'server_error', code: status }),
  },
  {
    name: 'rate_limited',
    help: 'Answers 429 with Retry-After',
    value: { unit: 's', min: 0, max: 3600, default: 1 },
    plan: ({ protocol }, seconds = 1) => rateLimitedPlan(protocol, seconds),
  },
  { name: 'reset_before_headers', help: 'Resets the connection (RST) instead of answering', plan: resetFirst },
  { name: 'refuse', help: 'The same as reset_before_headers', plan: resetFirst },
  {
    name: 'slow_headers',
    help: 'Sends nothing at all for this long, then answers',
    value: { unit: 'ms', min: 0, max: 3_600_000, default: 5000 },
    plan: (plan, ms = 5000) => ({ ...plan, delayMs: ms }),
  },
  { name: 'stall_first', help: 'Sends headers, then nothing until the client leaves', plan: stallFirst },
  {
    name: 'stall',
    help: 'After N frames never sends anything again until the client leaves',
    value: FRAMES,
    plan: afterFrames('stall'),
  },
  { name: 'reset', help: 'Resets the connection (RST) after N frames', value: FRAMES, plan: afterFrames('reset') },
  { name: 'cut', help: 'Closes the connection (FIN) inside the chunk after N frames', value: FRAMES, plan: cut },
  {
    name: 'truncate',
    help: 'Ends cleanly after N frames, with neither a finish reason nor a last frame ([DONE], `done: true`)',
    value: FRAMES,
    plan: truncate,
  },
  {
    name: 'stream_error',
    help: 'After N frames sends an error frame under HTTP 200 and ends there',
    value: FRAMES,
    plan: streamError,
  },
  { name: 'garbage', help: 'Sends a frame that is no JSON after N frames, then goes on', value: FRAMES, plan: garbage },
  {
    name: 'empty',
    help: 'Finishes without any content',
    answer: (answer) => ({ ...answer, reasoning: 0, content: 0 }),
  },
  {
    name: 'no_finish',
    help: 'Never gives a finish reason, only the last frame',
    answer: (answer) => ({ ...answer, finish: null }),
  },
  {
    name: 'wrong_model',
    help: 'Answers under another model name',
    answer: (answer) => ({ ...answer, model: 'another-model' }),
  },
  {
    name: 'no_stream',
    help: 'Answers with one JSON body although a stream was asked for',
    answer: (answer) => ({ ...answer, stream: false }),
  },
  {
    name: 'huge_frame',
    help: 'Makes the frame in the middle this large',
    value: { unit: 'bytes', min: 1, max: 256 * 1024 * 1024, default: 20_000_000 },
    answer: (answer, bytes) => ({ ...answer, padding: bytes }),
  },
  { name: 'buffered', help: 'Holds everything back and sends it in one write at the end', plan: buffered },
  { name: 'gzip', help: 'Sends Content-Encoding: gzip although nobody asked for it', plan: gzip },
];
