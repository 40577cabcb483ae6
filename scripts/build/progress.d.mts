/** Waits for `work` and tells how long it takes, on stderr. */
export declare function withProgress<T>(
  what: string,
  work: Promise<T>,
  options?: { stream?: NodeJS.WriteStream; every?: number },
): Promise<T>;
