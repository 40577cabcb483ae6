import type { Slowness } from './batch/step.ts';

/** How fast a server's GPU is, at any moment; the engines of all its models look here. */
export class Tempo implements Slowness {
  prompts = 1;
  tokens = 1;
  #listeners = new Set<() => void>();

  set({ prompts, tokens }: Slowness): void {
    this.prompts = prompts;
    this.tokens = tokens;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Tells of each change until the function that it returns is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
