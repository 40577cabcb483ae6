import Module from 'node:module';
import http from './k6-http.ts';
import { llmload } from './k6-llmload.ts';

/** What k6 has as globals. Import it before anything of lib that reads them at once. */
const modules: Record<string, unknown> = { 'k6/http': http, 'k6/x/llmload': llmload };

/** What open() finds, by path. */
export const files: Record<string, string> = {};

const real = Module.prototype.require;
Module.prototype.require = function (this: NodeJS.Module, name: string) {
  return modules[name] ?? real.call(this, name);
} as typeof real;

Object.assign(globalThis, {
  __VU: 0,
  __ENV: {},
  open: (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`no file ${path}`);
    return text;
  },
});
