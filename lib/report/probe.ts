import { at, holds } from '../api/api.ts';
import { APIS } from '../api/index.ts';
import type { Frame, ProbeResult } from '../probe-result.ts';
import { fold, msText, table } from './table.ts';

/** One request as a person reads it, frame by frame; at most `width` columns. */
export function probeText(result: ProbeResult, width = 120): string {
  const parts = [facts(result), frames(result, width), ending(result)];
  return `${parts
    .filter((p) => p.length)
    .map((p) => p.join('\n'))
    .join('\n\n')}\n`;
}

/** A time that nobody saw, or that never came. */
const shownBy =
  ({ driver }: ProbeResult) =>
  (t: number | undefined, seen = driver !== 'http'): string =>
    t === undefined ? (seen ? 'none' : 'not visible') : `${msText(t)} ms`;

function facts(r: ProbeResult): string[] {
  if (r.outcome === undefined) return []; // it never came to a request
  const shown = shownBy(r);
  const rows: [string, string | undefined][] = [
    [
      'request',
      `${r.model} at ${r.url}, ${r.stream ? 'streamed' : 'not streamed'}, driver ${r.driver}, id ${r.requestId}`,
    ],
    ['connect', r.connectMs ? shown(r.connectMs) : undefined],
    ['status', r.status === undefined ? 'no answer' : [r.status, r.protocol, r.contentType].filter(Boolean).join(' ')],
    ['server', r.server],
    ['headers', r.status === undefined ? undefined : shown(r.headersMs)],
    ['first frame', r.stream ? shown(r.firstFrameMs, r.driver === 'native') : undefined],
    ['first token', r.stream ? shown(r.ttft) : undefined],
  ];
  return lines(rows);
}

function ending(r: ProbeResult): string[] {
  const { usage } = r;
  const tokens = usage && [
    `${usage.input} in`,
    ...(usage.cached ? [`(${usage.cached} cached)`] : []),
    `${usage.output} out`,
    ...(usage.reasoning ? [`(${usage.reasoning} reasoning)`] : []),
  ];
  const rows: [string, string | undefined][] = r.outcome
    ? [
        [
          'end',
          `${shownBy(r)(r.endMs)}${r.bytes === undefined ? '' : `, ${r.bytes} bytes, ${r.frames} frames with content`}`,
        ],
        ['usage', tokens?.join(' ') ?? (r.ok ? 'none' : undefined)],
        ['finish', r.finish ?? (r.ok ? 'none' : undefined)],
        ['answered as', r.answered],
        ['buffered', r.buffered === undefined ? undefined : r.buffered ? 'YES' : 'no'],
        [
          'timings',
          r.serverTimings &&
            Object.entries(r.serverTimings)
              .map(([k, v]) => `${k} ${msText(v)}${k.endsWith('_duration') ? ' ms' : ''}`)
              .join(', '),
        ],
      ]
    : [];
  return [...lines(rows), ...r.notes.flatMap((n) => fold(`note: ${n}`)), `${r.ok ? 'OK' : 'FAILED'}: ${r.line}`];
}

const lines = (rows: readonly [string, string | undefined][]): string[] =>
  rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(12)} ${value}`]));

interface Row {
  index: string;
  at: string;
  gap: string;
  kind: string;
  data: string;
}

function frames({ log, skipped = 0 }: ProbeResult, width: number): string[] {
  if (!log?.length) return [];
  const cut = skipped > 0 ? log.length - 5 : log.length;
  let last: number | undefined; // the content-like frame before: gaps are between those
  const rows = log.map((frame, i): Row => {
    if (i === cut) last = undefined;
    const gap = isContent(frame) && last !== undefined ? msText(frame.at - last) : '';
    if (isContent(frame)) last = frame.at;
    return {
      index: String(i < cut ? i + 1 : i + 1 + skipped),
      at: msText(frame.at),
      gap,
      kind: frame.kind === 'tool_call' ? 'tool call' : frame.kind,
      data: said(frame),
    };
  });
  const made = table<Row>(
    [
      { head: 'frame', width: 5, cell: (r) => r.index },
      { head: 'at ms', width: 8, cell: (r) => r.at },
      { head: 'gap ms', width: 7, cell: (r) => r.gap },
      { head: 'kind', width: 9, left: true, cell: (r) => r.kind },
      { head: '', width: 0, left: true, cell: (r) => r.data },
    ],
    rows,
  ).map((line) => (line.length > width ? `${line.slice(0, width - 1)}…` : line));
  if (skipped > 0) made.splice(1 + cut, 0, `${'…'.padStart(5)} ${skipped} more frames`);
  return made;
}

const isContent = ({ kind }: Frame): boolean => kind === 'content' || kind === 'reasoning' || kind === 'tool_call';

/** The text of a content frame in quotes, else the frame as it came. */
function said({ kind, data }: Frame): string {
  if (kind === 'comment') return `: ${data}`.trimEnd();
  if (kind === 'content' || kind === 'reasoning') {
    const text = TEXTS.map((path) => at(parsed(data), path)).find(holds);
    if (typeof text === 'string') return JSON.stringify(text);
  }
  return data.replace(/\s+/g, ' ');
}

/** Where the known APIs put text; another frame is shown as it came. */
const TEXTS = Object.values(APIS).flatMap((api) => [...api.content, ...api.reasoning]);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
