import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { TraceRow } from '../../lib/workload/trace/formats.ts';
import { ABSENT, type PlanHeader, type PlanStart, START, WIDTH } from '../../lib/workload/trace/plan-file.ts';
import { Reading } from '../../lib/workload/trace/reading.ts';
import { makePlan } from '../../scripts/plan/make.ts';
import { madeText } from '../../scripts/plan/say.ts';

/** A plan of this text, in a folder of its own. */
async function plan(text: string, skip = false) {
  const folder = mkdtempSync(join(tmpdir(), 'llmload-plan-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [trace, file] = [join(folder, 'a.trace'), join(folder, 'a.plan')];
  writeFileSync(trace, text);
  const done = await makePlan(trace, file, skip, () => {}).catch((e: Error) => e);
  return { done, file, left: readdirSync(folder).filter((name) => name !== 'a.trace') };
}

const u32 = (n: number): number | undefined => (n === ABSENT ? undefined : n);

/** All of a plan, by the layout that plan-file.ts describes. */
function readPlan(file: string): {
  header: PlanHeader;
  rows: (Omit<TraceRow, 'blocks'> & { text: string | undefined })[];
} {
  const data = readFileSync(file);
  const start = JSON.parse(data.subarray(0, START).toString()) as PlanStart;
  const header = JSON.parse(data.subarray(start.header).toString()) as PlanHeader;
  const texts = START + start.rows * WIDTH;
  const rows = Array.from({ length: start.rows }, (_, i) => {
    const row = START + i * WIDTH;
    const [length, input, output, model] = [16, 20, 24, 28].map((at) => u32(data.readUInt32LE(row + at)));
    const from = texts + Number(data.readBigUInt64LE(row + 8));
    return {
      at: data.readDoubleLE(row),
      model: model === undefined ? undefined : header.models[model],
      prompt:
        header.text === 'prompt' && length !== undefined ? data.subarray(from, from + length).toString() : undefined,
      text: length === undefined ? undefined : data.subarray(from, from + length).toString(),
      inputTokens: input,
      outputTokens: output,
    };
  });
  return { header, rows };
}

function readTrace(text: string): TraceRow[] {
  const rows: TraceRow[] = [];
  const reading = new Reading({
    row: (row) => rows.push(row),
    bad: (where, wrong) => expect.fail(`${where} ${wrong}`),
  });
  for (const line of text.split('\n')) reading.line(line);
  const origin = rows[0]?.at ?? 0;
  return rows.map((row) => ({ ...row, at: row.at - origin }));
}

const AZURE = `TIMESTAMP,ContextTokens,GeneratedTokens\r
2023-11-16 18:15:46.6805900,374,44\r
2023-11-16 18:15:50.9951690,396,109\r
`;
const BURSTGPT = `Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type
5,ChatGPT,472,18,490,Conversation log
45,GPT-4,1087,230,1317,API log
45,ChatGPT,417,276,693,Conversation log`;
const MOONCAKE = [
  '{"timestamp": 27482, "input_length": 600, "output_length": 52, "hash_ids": [46, 47]}',
  '{"timestamp": 30535, "input_length": 1, "output_length": 52, "hash_ids": [46]}',
].join('\n');
const PLAIN_CSV = 'timestamp_ms,model,prompt,output_tokens\n1,a,"two\nlines",5\n2.25,,wie geht’s?,\n';
const PLAIN_JSON = [
  '{"timestamp_ms": 1, "prompt": "é\\n\\"x\\""}',
  '{"timestamp_ms": 2, "model": "m", "input_tokens": 9}',
].join('\n');

test.each([
  ['azure', AZURE],
  ['burstgpt', BURSTGPT],
  ['mooncake', MOONCAKE],
  ['plain', PLAIN_CSV],
  ['plain', PLAIN_JSON],
])('%s: a plan holds what its trace does', async (format, text) => {
  const { file, left } = await plan(text);
  const { header, rows } = readPlan(file);
  const wanted = readTrace(text);
  expect(rows).toEqual(
    wanted.map(({ blocks, ...row }) => ({ ...row, text: blocks ? JSON.stringify(blocks) : row.prompt })),
  );
  expect(header).toMatchObject({ from: 'a.trace', format, span: wanted.at(-1)?.at, skipped: { count: 0 } });
  expect(left).toEqual(['a.plan']);
});

test('rows and texts of more than one buffer, letters of several bytes cut by the reads', async () => {
  const lines = Array.from({ length: 40_000 }, (_, i) => `${i / 4},${'é€'.repeat(i % 40)}${i},${(i % 900) + 1}`);
  const text = `timestamp_ms,prompt,output_tokens\n${lines.join('\n')}\n`;
  const { file } = await plan(text);
  expect(readPlan(file).rows.map(({ text: _, ...row }) => ({ ...row, blocks: undefined }))).toEqual(readTrace(text));
});

const WITH_BAD = 'timestamp_ms,input_tokens\n1,5\n2,zero\n3,7\n2,8\n4,9\n';

test('bad rows are refused, each with its line, and nothing is written', async () => {
  const { done, left } = await plan(WITH_BAD);
  expect(done).toMatchObject({
    message:
      '2 rows cannot be read: line 3 input_tokens "zero" is no number; line 5 goes back by 1 ms; --bad-rows skip leaves such rows out',
  });
  expect(left).toEqual([]);
});

test('or skipped, and counted in the plan', async () => {
  const { file } = await plan(WITH_BAD, true);
  const { header, rows } = readPlan(file);
  expect(rows.map((row) => row.at)).toEqual([0, 2, 3]);
  expect(header.skipped).toEqual({ count: 2, first: 'line 3 input_tokens "zero" is no number' });
});

test.each([
  ['an empty file', '', 'holds no rows'],
  ['a header alone', 'timestamp_ms,input_tokens\n', 'holds no rows'],
  [
    'a model a row',
    `timestamp_ms,model,input_tokens\n${Array.from({ length: 1001 }, (_, i) => `1,${i},1`).join('\n')}`,
    'names more than 1000 models',
  ],
  ['other columns', 'a,b\n1,2\n', 'line 1: no trace has the columns a, b; allowed: '],
])('%s is no trace: one line, and nothing is written', async (_, text, message) => {
  const { done, left } = await plan(text);
  expect((done as Error).message).toContain(message);
  expect(left).toEqual([]);
});

test('what a plan holds, in words', async () => {
  const lines = Array.from({ length: 1201 }, (_, i) => `${i * 100},${i % 4 ? 'a' : 'b'},10,${i % 2 ? 20 : 31}`);
  const text = `timestamp_ms,model,input_tokens,output_tokens\n${lines.join('\n')}\nx,a,1,1\n`;
  const { done } = await plan(text, true);
  if (done instanceof Error) throw done;
  expect(madeText({ ...done, bytes: 41_000 }, 'a.plan').split('\n')).toEqual([
    'plain: 1,201 rows over 2 min, 10 requests a second',
    'tokens, mean: 10 in, 26 out',
    'models: a 74.9 %, b 25.1 %',
    'skipped: a row cannot be read: line 1203 timestamp_ms "x" is no number',
    'wrote a.plan, 0.041 MB; replay it: llmload run replay --trace a.plan',
    '',
  ]);
});
