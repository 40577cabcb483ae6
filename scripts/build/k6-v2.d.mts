/** Runs `work` with the flags by which `go build`, `vet`, `test` or `mod tidy` in `folder` take the k6 of its v2.mod. */
export declare function withV2<T>(folder: string, work: (flags: string[]) => Promise<T>): Promise<T>;
