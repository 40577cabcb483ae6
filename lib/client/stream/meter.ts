import { type Api, holds } from '../../api/api.ts';
import { type Body, parse } from '../frames.ts';
import { Template } from './template.ts';

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
  values: Tree;
  terminal: string | undefined;
}

/** Dot paths with their names, put together where they begin alike: most frames hold few of them. */
interface Tree {
  keys: string[];
  branches: Branch[];
}
interface Branch {
  name?: string;
  tree: Tree;
}

function treeOf(paths: Record<string, string>): Tree {
  const root: Tree = { keys: [], branches: [] };
  for (const [name, path] of Object.entries(paths)) {
    let tree = root;
    let branch: Branch | undefined;
    for (const key of path.split('.')) {
      const at = tree.keys.indexOf(key);
      branch = at < 0 ? { tree: { keys: [], branches: [] } } : (tree.branches[at] as Branch);
      if (at < 0) {
        tree.keys.push(key);
        tree.branches.push(branch);
      }
      tree = branch.tree;
    }
    if (branch) branch.name = name;
  }
  return root;
}

const cut = (paths: readonly string[]): Path[] => paths.map((path) => path.split('.'));

export const pathsOf = (api: Api): Paths => ({
  content: cut(api.content),
  reasoning: cut(api.reasoning),
  toolCall: cut(api.toolCall),
  values: treeOf(api.values),
  terminal: api.terminal,
});

/** Counts, classifies and times the frames of one answer. Loops by index: this runs for every token. */
export class Meter {
  readonly body: Body = { events: 0, frames: 0, garbage: 0, terminal: false, values: {} };
  readonly times: Times = { gaps: [] };
  private readonly paths: Paths;
  private readonly keep: number;
  private readonly template = new Template();

  /** @param keepText all of it, or so many characters */
  constructor(paths: Paths, keepText?: true | number) {
    this.paths = paths;
    this.keep = keepText === true ? Number.POSITIVE_INFINITY : (keepText ?? 0);
    if (keepText) this.body.text = '';
  }

  frame(payload: string, at: number): void {
    const body = this.body;
    if (body.terminal) return; // nothing that follows is part of the answer
    body.events++;
    const like = this.template.contentIn(payload);
    if (like !== undefined) {
      this.count(at, true);
      this.keepText(like);
      return;
    }
    if (payload === this.paths.terminal) {
      body.terminal = true;
      return;
    }
    const frame = parse(payload);
    if (frame === undefined) {
      body.garbage++;
      return;
    }
    this.template.forget();
    const { content } = this.paths;
    const text = textIn(frame, content);
    if (text) {
      this.count(at, true);
      this.keepText(text.text);
      this.template.learn(payload, text.text, text.path);
    } else if (anyHolds(frame, content)) this.count(at, true);
    else if (anyHolds(frame, this.paths.reasoning)) this.count(at, false);
    else if (anyHolds(frame, this.paths.toolCall)) this.count(at, true);
    collect(frame, this.paths.values, body.values);
  }

  private keepText(text: string): void {
    const { body, keep } = this;
    if (body.text !== undefined && body.text.length < keep) body.text = (body.text + text).slice(0, keep);
  }

  private count(at: number, output: boolean): void {
    const times = this.times;
    this.body.frames++;
    if (times.last === undefined) times.first = at;
    else times.gaps.push(at - times.last);
    if (output) times.firstOutput ??= at;
    times.last = at;
  }
}

/** Takes over what stands at the ends of the tree's branches, if it is not null. */
function collect(value: unknown, { keys, branches }: Tree, values: Record<string, unknown>): void {
  if (typeof value !== 'object' || value === null) return;
  for (let i = 0; i < keys.length; i++) {
    const next = (value as Record<string, unknown>)[keys[i] as string];
    if (next === undefined || next === null) continue;
    const { name, tree } = branches[i] as Branch;
    if (name !== undefined) values[name] = next;
    if (tree.keys.length > 0) collect(next, tree, values);
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
function textIn(frame: unknown, paths: readonly Path[]): { text: string; path: Path } | undefined {
  for (let i = 0; i < paths.length; i++) {
    const path = paths[i] as Path;
    const text = find(frame, path);
    if (typeof text === 'string' && text !== '') return { text, path };
  }
  return undefined;
}
