import { gzipSync } from 'node:zlib';
import { type Data, errorPlan, type Headers, jsonPlan, type Plan, type Step } from './plan.ts';
import type { Late } from './protocol.ts';

/** The steps from `strike` on are lost; `instead` happens when the first of them was due. */
function breakOff(plan: Plan, strike: number, instead: (needs: number) => Step[]): Plan {
  const needs = plan.steps[strike]?.needs ?? lastNeeds(plan);
  return { ...plan, steps: [...plan.steps.slice(0, strike), ...instead(needs)] };
}

function lastNeeds(plan: Plan): number {
  return plan.steps.at(-1)?.needs ?? 0;
}

/**
 * Where a fault "after N frames" strikes: at the frame that would have been next, or before the finish when there are
 * no more; half-way when N is not given. A JSON body is always struck in its middle.
 */
function strikeAt(plan: Plan, after: number | undefined): number {
  if (!plan.stream) return 2;
  const frames = plan.steps.flatMap((step, index) => (step.do === 'frame' ? [index] : []));
  const count = after ?? Math.floor(frames.length / 2);
  const last = frames.at(-1) ?? plan.steps.findLastIndex((step) => step.do === 'headers');
  return frames[count] ?? last + 1;
}

export const afterFrames =
  (...instead: Exclude<Step['do'], 'headers' | 'frame' | 'write' | 'cut'>[]) =>
  (plan: Plan, after?: number): Plan =>
    breakOff(plan, strikeAt(plan, after), (needs) => instead.map((act) => ({ do: act, needs })));

export function resetFirst(plan: Plan): Plan {
  return { ...plan, usesEngine: false, steps: [{ do: 'reset', needs: 0 }] };
}

/** Headers at once, whatever the option says: silence before them is another fault. */
export function stallFirst(plan: Plan): Plan {
  const headers = plan.steps.flatMap((step): Step[] => (step.do === 'headers' ? [{ ...step, needs: 0 }] : []));
  return { ...plan, steps: [...headers, { do: 'stall', needs: 0 }] };
}

/** FIN in the middle of a chunk, or of a body whose Content-Length promised more. */
export function cut(plan: Plan, after?: number): Plan {
  const strike = strikeAt(plan, after);
  const next = plan.steps[strike];
  const raw = (): string => {
    if (!plan.stream) return '';
    const data = next !== undefined && 'data' in next ? bytesOf(next.data) : Buffer.alloc(0);
    const half = data.subarray(0, Math.floor(data.length / 2)).toString();
    return `${data.length.toString(16)}\r\n${half}`;
  };
  return breakOff(plan, strike, (needs) => [{ do: 'cut', needs, raw }]);
}

/** A clean end, too early. A JSON body then has a Content-Length that is true, and no second half. */
export function truncate(plan: Plan, after?: number): Plan {
  if (plan.stream) return afterFrames('end')(plan, after);
  const half = (): string => {
    const body = bodyOf(plan);
    return body.slice(0, body.length / 2);
  };
  return jsonPlan(plan.protocol, half, lastNeeds(plan));
}

/** What a gateway says when its upstream has died: 200, and the error in the stream; without a stream plainly 500. */
export function streamError(plan: Plan, after?: number): Plan {
  const error = { message: 'the upstream closed the connection', type: 'server_error', code: 500 };
  const { protocol, stream } = plan;
  if (!stream) return errorPlan(protocol, 500, error);
  const frame = protocol.frame(protocol.error(error));
  return breakOff(plan, strikeAt(plan, after), (needs) => [
    { do: 'write', needs, data: () => frame },
    { do: 'end', needs },
  ]);
}

const GARBAGE = '{"choices":[{"delta":{"content": <!doctype html>';

export function garbage(plan: Plan, after?: number): Plan {
  const { protocol, stream, steps } = plan;
  if (!stream) return jsonPlan(protocol, () => GARBAGE, lastNeeds(plan));
  const strike = strikeAt(plan, after);
  const needs = steps[strike]?.needs ?? 0;
  const frame: Step = { do: 'write', needs, data: () => protocol.frame(GARBAGE) };
  return { ...plan, steps: [...steps.slice(0, strike), frame, ...steps.slice(strike)] };
}

/** What a buffering proxy does: the body comes in one piece when it is complete. */
export function buffered(plan: Plan): Plan {
  const needs = lastNeeds(plan);
  return { ...plan, steps: plan.steps.map((step) => (step.do === 'headers' ? step : { ...step, needs })) };
}

/** Each write becomes a gzip member of its own: valid gzip, and no write waits for the next one. */
export function gzip(plan: Plan): Plan {
  const steps = plan.steps.map((step): Step => {
    if (step.do === 'frame' || step.do === 'write') return { ...step, data: () => gzipSync(step.data()) };
    if (step.do !== 'headers') return step;
    const headers = (): Headers => {
      const { 'Content-Length': _plain, ...others } = step.headers();
      return { ...others, 'Content-Encoding': 'gzip' };
    };
    return { ...step, headers };
  });
  return { ...plan, steps };
}

function bodyOf(plan: Plan): string {
  const parts = plan.steps.flatMap((step) => (step.do === 'write' ? [bytesOf(step.data)] : []));
  return Buffer.concat(parts).toString();
}

const bytesOf = (data: Late<Data>): Buffer => Buffer.from(data());
