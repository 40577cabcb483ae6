#!/usr/bin/env node
// The command `llmload`. Node 20 runs no TypeScript, so the command itself is dist/node/llmload.js, built when needed.
import { pathToFileURL } from 'node:url';
import { ensureBundles } from './build/bundles.mjs';

try {
  await import(pathToFileURL(await ensureBundles()).href);
} catch (error) {
  console.error(`llmload: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
