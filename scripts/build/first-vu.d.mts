/** A bundle in which VUs other than the first pass over what only it needs. @throws Error */
export declare function forFirstVuOnly(code: string): string;
