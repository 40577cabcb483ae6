import type { Row, Run, RunComparison } from '../analysis/compare/compare.ts';
import { FIGURES, isShare } from '../analysis/compare/figures.ts';
import type { Gated } from '../analysis/compare/regression.ts';
import { markdownTable, plainText } from './markdown.ts';
import { type Column, fold, msText, rateText, shareText, table } from './table.ts';

/** What `llmload compare --json` writes. JSON Schema in docs/compare.schema.json. */
export const COMPARE_SCHEMA = 'llmload/compare@1';

/** What a comparison comes to, with all that is printed about it. */
export interface Compared extends RunComparison {
  /** Settings in which the runs are not alike, and versions. */
  unlike: { name: string; a: string; b: string }[];
  /** What may be wrong with the records, and what the runs doubt of themselves. */
  doubts: string[];
  gate: Gated[];
}

/** `b is worse than a in TTFT p99 +21.3 % (step_8); no difference shown in 11 others`. */
export function sentenceOf({ a, b, rows }: RunComparison): string {
  if (rows.length === 0) return `${b} and ${a} have no step in common that can be compared`;
  const named = (word: Row['verdict']) =>
    rows
      .filter(({ verdict }) => verdict === word)
      .map((row) => `${FIGURES[row.figure].name} ${changeText(row, row.change)} (${row.step})`);
  const words = (['worse', 'better'] as const).flatMap((word) => {
    const figures = named(word);
    return figures.length > 0 ? [`${b} is ${word} than ${a} in ${figures.join(', ')}`] : [];
  });
  const alike = named('no difference shown').length;
  const without = named('not compared').length;
  return [
    ...words,
    ...(alike > 0 ? [words.length > 0 ? `no difference shown in ${alike} others` : 'no difference shown'] : []),
    ...(without > 0 ? [`${without} without an interval`] : []),
  ].join('; ');
}

export function compareText(compared: Compared): string[] {
  const { a, b, rows } = compared;
  return [
    titleOf(compared, b, a),
    ...(rows.length > 0 ? table(columnsOf(...headsOf(a, b)), rows) : []),
    ...notesOf(compared).flatMap((note) => fold(note)),
  ];
}

/** GitHub's Markdown, for the summary of a CI step. */
export function compareMarkdown(compared: Compared): string[] {
  const { a, b, rows } = compared;
  return [
    `### ${titleOf(compared, plainText(b), plainText(a))}`,
    '',
    ...(rows.length > 0 ? [...markdownTable(columnsOf(a, b), rows), ''] : []),
    ...notesOf(compared).map((note) => `- ${plainText(note)}`),
  ];
}

const titleOf = ({ repeats }: RunComparison, b: string, a: string): string =>
  `${b} against ${a}${repeats === undefined ? '' : `, ${repeats} ${repeats === 1 ? 'run' : 'repeats'} each, interleaved`}`;

const columnsOf = (a: string, b: string): Column<Row>[] => [
  { head: 'step', width: 8, left: true, cell: ({ step }) => short(step, 16) },
  { head: 'figure', width: 14, left: true, cell: nameOf },
  { head: a, width: 10, cell: (row) => figureText(row, row.a) },
  { head: b, width: 10, cell: (row) => figureText(row, row.b) },
  { head: 'Δ', width: 9, cell: (row) => changeText(row, row.change) },
  { head: '99 % interval', width: 22, cell: intervalText },
  { head: 'verdict', width: 7, left: true, cell: ({ verdict }) => verdict },
];

function notesOf(compared: Compared): string[] {
  const { a, b, only, loads, searched, unlike, doubts, gate, rows } = compared;
  const few = new Map<string, Set<string>>();
  for (const { why, figure, step } of rows)
    if (why !== undefined) {
      const key = why.includes('no records') ? why : `${step}: ${why}`;
      few.set(key, (few.get(key) ?? new Set()).add(FIGURES[figure].name));
    }
  return [
    ...[...few].map(([why, names]) => `no interval for ${[...names].join(', ')}; ${why}`),
    ...(only.a.length > 0 ? [`only in ${a}: ${only.a.join(', ')}`] : []),
    ...(only.b.length > 0 ? [`only in ${b}: ${only.b.join(', ')}`] : []),
    ...loads.map(({ step, ...load }) => `${step} not compared: ${load.a} against ${load.b}`),
    ...(searched ? [`limit: ${limitText(searched.a)} against ${limitText(searched.b)}`] : []),
    ...unlike.map((u) => `${u.name}: ${u.a} against ${u.b}`),
    ...doubts,
    sentenceOf(compared),
    ...gate.map(({ figure, limit, verdict, why }) => {
      const most = `${Number((100 * limit).toFixed(6))}${isShare(figure) ? 'pp' : '%'}`;
      return `${verdict} ${figure}:${most}: ${why}`;
    }),
  ];
}

/** `28 to 31 req/s` */
function limitText(searched: Run['searched']): string {
  if (!searched) return 'not searched for';
  const { by, range } = searched;
  const [held, broke] = range.map((load) => (load === null ? '?' : String(Number(load.toPrecision(4)))));
  return `${held} to ${broke} ${by === 'rate' ? 'req/s' : 'in flight'}`;
}

const short = (name: string, most: number): string => (name.length > most ? `…${name.slice(1 - most)}` : name);

/** What tells the runs apart. */
function headsOf(a: string, b: string): [string, string] {
  const [x, y] = [short(a, 14), short(b, 14)];
  return x === y ? ['a', 'b'] : [x, y];
}

const nameOf = ({ figure }: Row): string => [FIGURES[figure].name, FIGURES[figure].unit].filter(Boolean).join(' ');

function figureText({ figure }: Row, value: number): string {
  const { unit } = FIGURES[figure];
  return unit === 'ms' ? msText(value) : unit === '%' ? shareText(value) : rateText(value);
}

/** Of more nobody wants to know the digits. */
const MOST = 100;

export function changeText({ figure }: Pick<Row, 'figure'>, change: number | null, unit = true): string {
  if (change === null) return '–';
  const share = isShare(figure);
  const text = Math.abs(change) > MOST ? `>${100 * MOST}` : Math.abs(100 * change).toFixed(share ? 2 : 1);
  const sign = Number(text) === 0 ? '' : change < 0 ? '−' : '+';
  return `${sign}${text}${unit ? (share ? ' pp' : ' %') : ''}`;
}

const intervalText = (row: Row): string =>
  row.low === null ? '–' : `${changeText(row, row.low, false)} to ${changeText(row, row.high)}`;
