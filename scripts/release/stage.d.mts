export interface Platform {
  os: string;
  cpu: string;
  goos: string;
  goarch: string;
}
/** The package of a platform's k6; returns its folder, which is made anew. */
export declare function stageK6(platform: Platform, binary: string, thirdParty: string, folder: string): string;
/** llmload as it is published; binaries are files by platform. Returns its folder, which is made anew. */
export declare function stageLlmload(binaries: Record<string, string>, folder: string): Promise<string>;
/** Packs a folder into another one; returns the tarball's name. */
export declare function npmPack(folder: string, into: string): Promise<string>;
/** The platform of this process, where a k6 is made for it. */
export declare function here(): Platform | undefined;
