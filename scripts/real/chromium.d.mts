import type { Browser } from 'playwright-core';

export class ChromiumMissing extends Error {}
export function findChromium(log?: (line: string) => void): Promise<string>;
export function startChromium(log?: (line: string) => void): Promise<Browser>;
