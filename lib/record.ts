import type { ColumnType } from 'k6/x/llmload';
import type { Completion } from './completion.ts';

/** Where in the run a request belongs. */
export interface Place {
  i: number;
  /** Planned start, ms from the scenario's start, where there is a schedule of ours. */
  due?: number;
  /** Actual − planned start, ms, likewise. */
  lag?: number;
  scenario: string;
  step: string;
  phase: string;
  warm: boolean;
  /** What was asked for; see Work. */
  profile?: string | undefined;
  inputTokens?: number | undefined;
  outputTokens?: number;
  /** Of a conversation: its id, and which of its questions this is, from 1. */
  session?: string;
  turn?: number;
}

/** A completion in its place: what a record is made of. */
export type Recorded = Completion & { place: Place };

/**
 * A record's columns in the order they are written, each with its type and where a Recorded has it; the shape is a contract
 * (one JSON line a request). The binary reads the values where they are, so that no request is copied into a record.
 */
const shape = () =>
  [
    ['t', 'number', 'startedAt'],
    ['i', 'number', 'place.i'],
    ['due', 'number', 'place.due'],
    ['lag', 'number', 'place.lag'],
    ['scenario', 'category', 'place.scenario'],
    ['step', 'category', 'place.step'],
    ['phase', 'category', 'place.phase'],
    ['model', 'category', 'model'],
    ['answered', 'category', 'answered'],
    ['backend', 'category', 'backend'],
    ['attempts', 'number', 'attempts'],
    ['echo', 'category', 'echo'],
    ['profile', 'category', 'place.profile'],
    ['session', 'text', 'place.session'],
    ['turn', 'number', 'place.turn'],
    ['outcome', 'category', 'outcome'],
    ['status', 'number', 'status'],
    ['resent', 'number', 'resent'],
    ['cold', 'boolean', 'cold'],
    ['connect', 'number', 'connectMs'],
    ['headers', 'number', 'headersMs'],
    ['ttft', 'number', 'ttft'],
    ['ttfo', 'number', 'ttfo'],
    ['e2e', 'number', 'e2e'],
    ['end', 'number', 'endMs'],
    ['gaps', 'gaps', 'gaps'],
    ['asked_in', 'number', 'place.inputTokens'],
    ['in', 'number', 'usage.input'],
    ['asked_out', 'number', 'place.outputTokens'],
    ['out', 'number', 'output'],
    ['cached', 'number', 'usage.cached'],
    ['reasoning', 'number', 'usage.reasoning'],
    ['frames', 'number', 'frames'],
    ['token_source', 'category', 'tokenSource'],
    ['finish', 'category', 'finish'],
    ['id', 'text', 'requestId'],
    ['error', 'text', 'error'],
    ['warm', 'boolean', 'place.warm'],
  ] as const satisfies readonly (readonly [string, ColumnType, string])[];

/** Made when asked for: only the first VU opens the store, and module-level data is held by all. */
export const columns = (): Record<string, ColumnType> =>
  Object.fromEntries(shape().map(([name, type]) => [name, type]));
export const paths = (): Record<string, string> => Object.fromEntries(shape().map(([name, , path]) => [name, path]));
