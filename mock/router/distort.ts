import type { Head, Sink } from './sink.ts';

/** Holds the answer back until it is complete. */
export function buffered(to: Sink): Sink {
  const chunks: Buffer[] = [];
  let kept: Head | undefined;
  const release = (): void => {
    if (kept) to.head(kept);
    if (chunks.length > 0) to.chunk(Buffer.concat(chunks));
  };
  return {
    head(head) {
      kept = head;
    },
    chunk(data) {
      chunks.push(data);
      return true;
    },
    end(trailers) {
      release();
      to.end(trailers);
    },
    broken() {
      release();
      to.broken();
    },
  };
}

/** Puts another model's name on the answer. A name that two chunks share stays as it is. */
export function renamed(to: Sink, from: string, name: string): Sink {
  const field = (model: string): string => Buffer.from(`"model":${JSON.stringify(model)}`).toString('latin1');
  return {
    head(head) {
      // Another name, another length: chunked.
      const headers = head.headers.filter((_, i, all) => all[i - (i % 2)]?.toLowerCase() !== 'content-length');
      to.head({ ...head, headers });
    },
    chunk: (data) => to.chunk(Buffer.from(data.toString('latin1').replaceAll(field(from), field(name)), 'latin1')),
    end: (trailers) => to.end(trailers),
    broken: () => to.broken(),
  };
}
