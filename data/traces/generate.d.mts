/** An Azure trace of 2023; rate: requests per second, about. */
export function azureCode(options: { seed: number; seconds: number; rate: number }): string;
/** File name → text. */
export function samples(): Record<string, string>;
