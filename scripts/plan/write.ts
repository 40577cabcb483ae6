import { closeSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { TraceRow } from '../../lib/workload/trace/formats.ts';
import { ABSENT, type PlanHeader, type PlanStart, START, WIDTH } from '../../lib/workload/trace/plan-file.ts';

const BUFFER = 1 << 20;
/** Each is a tag of k6's and a row of the results: more are no names of models. */
const MOST_MODELS = 1000;

/** Writes a plan (lib/workload/trace/plan-file.ts) beside its name, and renames it when it is whole. */
export class PlanWriter {
  rows = 0;
  /** Name → requests of it. */
  readonly models = new Map<string, { code: number; rows: number }>();
  /** ms from the first row to the last. */
  span = 0;
  #origin = 0;
  #text: PlanHeader['text'];
  readonly #path: string;
  readonly #rows: Output;
  readonly #texts: Output;

  constructor(path: string) {
    this.#path = path;
    this.#rows = new Output(`${path}.${process.pid}.rows`);
    this.#texts = new Output(`${path}.${process.pid}.texts`);
    this.#rows.write(Buffer.alloc(START));
  }

  add(row: TraceRow): void {
    if (this.rows === 0) this.#origin = row.at;
    this.span = row.at - this.#origin;
    this.rows++;
    const text = row.prompt ?? (row.blocks && JSON.stringify(row.blocks));
    if (text !== undefined) this.#text = row.prompt === undefined ? 'blocks' : 'prompt';
    const from = this.#texts.bytes;
    if (text !== undefined) this.#texts.write(Buffer.from(text));
    const to = this.#rows.room(WIDTH);
    const { buffer } = this.#rows;
    buffer.writeDoubleLE(this.span, to);
    buffer.writeUInt32LE(from % 2 ** 32, to + 8);
    buffer.writeUInt32LE(Math.floor(from / 2 ** 32), to + 12);
    buffer.writeUInt32LE(text === undefined ? ABSENT : this.#texts.bytes - from, to + 16);
    buffer.writeUInt32LE(row.inputTokens ?? ABSENT, to + 20);
    buffer.writeUInt32LE(row.outputTokens ?? ABSENT, to + 24);
    buffer.writeUInt32LE(row.model === undefined ? ABSENT : this.#model(row.model), to + 28);
  }

  /** @returns bytes of the whole file */
  finish(about: Pick<PlanHeader, 'from' | 'format' | 'skipped'>): number {
    this.#rows.append(this.#texts);
    const start: PlanStart = { llmload: 1, kind: 'plan', rows: this.rows, header: this.#rows.bytes };
    const header: PlanHeader = {
      ...about,
      span: this.span,
      models: [...this.models.keys()],
      ...(this.#text && { text: this.#text }),
    };
    this.#rows.write(Buffer.from(`${JSON.stringify(header)}\n`));
    this.#rows.end(Buffer.from(`${JSON.stringify(start).padEnd(START - 1)}\n`));
    renameSync(this.#rows.path, this.#path);
    return this.#rows.bytes;
  }

  /** Leaves no file behind but a whole one. */
  close(): void {
    for (const output of [this.#rows, this.#texts]) output.remove();
  }

  #model(name: string): number {
    let model = this.models.get(name);
    if (!model) {
      if (this.models.size === MOST_MODELS) throw new Error(`names more than ${MOST_MODELS} models`);
      model = { code: this.models.size, rows: 0 };
      // A copy: a piece of a string keeps all of it, here a mebibyte of the trace.
      this.models.set(Buffer.from(name).toString(), model);
    }
    model.rows++;
    return model.code;
  }
}

/** A file written through a buffer, synchronously: who reads between the writes waits for them. */
class Output {
  bytes = 0;
  readonly path: string;
  readonly buffer = Buffer.allocUnsafe(BUFFER);
  #used = 0;
  #file: number;

  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'w+');
  }

  /** Makes room for so many bytes, at most BUFFER. @returns where in the buffer they go */
  room(bytes: number): number {
    if (this.#used + bytes > BUFFER) this.#flush();
    const at = this.#used;
    this.#used += bytes;
    this.bytes += bytes;
    return at;
  }

  write(data: Buffer): void {
    for (let from = 0; from < data.length; from += BUFFER) {
      const part = data.subarray(from, from + BUFFER);
      part.copy(this.buffer, this.room(part.length));
    }
  }

  /** All that was written to the other. */
  append(other: Output): void {
    other.#flush();
    const part = Buffer.allocUnsafe(BUFFER);
    for (let from = 0; from < other.bytes; ) {
      const read = readSync(other.#file, part, 0, BUFFER, from);
      this.write(part.subarray(0, read));
      from += read;
    }
  }

  /** Writes the rest, and `start` over the beginning. */
  end(start: Buffer): void {
    this.#flush();
    writeSync(this.#file, start, 0, start.length, 0);
  }

  remove(): void {
    closeSync(this.#file);
    rmSync(this.path, { force: true });
  }

  #flush(): void {
    for (let from = 0; from < this.#used; ) from += writeSync(this.#file, this.buffer, from, this.#used - from);
    this.#used = 0;
  }
}
