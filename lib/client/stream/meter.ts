import { type Api, holds } from '../../api/api.ts';
import { type Body, parse } from '../frames.ts';

/** When content-like frames came, on the clock that stamped them. */
export interface Times {
  first?: number;
  /** First content or tool-call frame. */
  firstOutput?: number;
  last?: number;
  gaps: number[];
}

type Path = readonly string[];

/** The parts of an API that say what frames are; its dot paths, cut once. */
interface Paths {
  content: readonly Path[];
  reasoning: readonly Path[];
  toolCall: readonly Path[];
  values: readonly { name: string; path: Path }[];
  terminal: string | undefined;
}

const cut = (paths: readonly string[]): Path[] => paths.map((path) => path.split('.'));

export const pathsOf = (api: Api): Paths => ({
  content: cut(api.content),
  reasoning: cut(api.reasoning),
  toolCall: cut(api.toolCall),
  values: Object.entries(api.values).map(([name, path]) => ({ name, path: path.split('.') })),
  terminal: api.terminal,
});

/** Counts, classifies and times the frames of one answer. Loops by index: this runs for every token. */
export class Meter {
  readonly body: Body = { events: 0, frames: 0, garbage: 0, terminal: false, values: {} };
  readonly times: Times = { gaps: [] };
  readonly #paths: Paths;
  readonly #keep: number;

  /** @param keepText all of it, or so many characters */
  constructor(paths: Paths, keepText?: true | number) {
    this.#paths = paths;
    this.#keep = keepText === true ? Number.POSITIVE_INFINITY : (keepText ?? 0);
    if (keepText) this.body.text = '';
  }

  frame(payload: string, at: number): void {
    const body = this.body;
    if (body.terminal) return; // nothing that follows is part of the answer
    body.events++;
    if (payload === this.#paths.terminal) {
      body.terminal = true;
      return;
    }
    const frame = parse(payload);
    if (frame === undefined) {
      body.garbage++;
      return;
    }
    const { content, values } = this.#paths;
    if (anyHolds(frame, content)) this.#count(at, true);
    else if (anyHolds(frame, this.#paths.reasoning)) this.#count(at, false);
    else if (anyHolds(frame, this.#paths.toolCall)) this.#count(at, true);
    if (body.text !== undefined && body.text.length < this.#keep) {
      body.text += textIn(frame, content);
      if (body.text.length > this.#keep) body.text = body.text.slice(0, this.#keep);
    }
    for (let i = 0; i < values.length; i++) {
      const { name, path } = values[i] as (typeof values)[number];
      const value = find(frame, path);
      if (value !== undefined && value !== null) body.values[name] = value;
    }
  }

  #count(at: number, output: boolean): void {
    const times = this.times;
    this.body.frames++;
    if (times.last === undefined) times.first = at;
    else times.gaps.push(at - times.last);
    if (output) times.firstOutput ??= at;
    times.last = at;
  }
}

function find(frame: unknown, path: Path): unknown {
  let v = frame;
  for (let i = 0; i < path.length; i++) {
    if (v === null || typeof v !== 'object') return undefined;
    v = (v as Record<string, unknown>)[path[i] as string];
  }
  return v;
}

function anyHolds(frame: unknown, paths: readonly Path[]): boolean {
  for (let i = 0; i < paths.length; i++) if (holds(find(frame, paths[i] as Path))) return true;
  return false;
}

/** The first text that is not empty, of those at these paths. */
function textIn(frame: unknown, paths: readonly Path[]): string {
  for (let i = 0; i < paths.length; i++) {
    const found = find(frame, paths[i] as Path);
    if (typeof found === 'string' && found !== '') return found;
  }
  return '';
}
