import { type Api, at, holds } from '../api/api.ts';

/** What a whole streamed body holds, for drivers that see it only at its end. No times: they were lost on the way. */
export interface Body {
  events: number;
  frames: number;
  garbage: number;
  terminal: boolean;
  values: Record<string, unknown>;
  /** The content of all frames, where it is kept. */
  text?: string;
}

/** The payloads of Server-Sent Events: `data:` lines of an event joined, comments and other fields left out. */
export function ssePayloads(text: string): string[] {
  const payloads: string[] = [];
  let data: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    if (line === '') {
      if (data.length) payloads.push(data.join('\n'));
      data = [];
    } else if (line.startsWith('data:')) data.push(line.slice(line[5] === ' ' ? 6 : 5));
  }
  if (data.length) payloads.push(data.join('\n')); // no final blank line
  return payloads;
}

/** @param keepText all of it, or so many characters */
export function readBody(api: Api, text: string, keepText?: true | number): Body {
  const body: Body = { events: 0, frames: 0, garbage: 0, terminal: false, values: {} };
  if (keepText) body.text = '';
  const content = [...api.content, ...api.reasoning, ...api.toolCall];
  for (const payload of api.framing === 'sse' ? ssePayloads(text) : text.split('\n').filter((l) => l.trim())) {
    if (payload.trim() === '') continue; // an empty event keeps a connection alive
    if (payload.trim() === api.terminal) {
      body.terminal = true;
      continue;
    }
    body.events++;
    const frame = parse(payload);
    if (frame === undefined) {
      body.garbage++;
      continue;
    }
    if (content.some((path) => holds(at(frame, path)))) body.frames++;
    if (keepText) body.text += textAt(frame, api.content);
    for (const [name, path] of Object.entries(api.values)) {
      const value = at(frame, path);
      if (value !== undefined && value !== null) body.values[name] = value;
    }
  }
  if (typeof keepText === 'number') body.text = body.text?.slice(0, keepText) ?? '';
  return body;
}

/** The first text that is not empty, of those at these paths. */
export function textAt(value: unknown, paths: readonly string[]): string {
  for (const path of paths) {
    const found = at(value, path);
    if (typeof found === 'string' && found !== '') return found;
  }
  return '';
}

/** JSON, or undefined where it is none. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
