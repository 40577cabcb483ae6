import http from './k6-http.ts';
import { llmload } from './k6-llmload.ts';

/** What k6 has as globals. Import it before anything of lib that reads them. */
const modules: Record<string, unknown> = { 'k6/http': http, 'k6/x/llmload': llmload };

/** PROMPTS_FILE and the like, by path. */
export const files: Record<string, string> = {};

Object.assign(globalThis, {
  __VU: 0,
  __ENV: {},
  require: (name: string) => modules[name],
  open: (path: string) => {
    const text = files[path];
    if (text === undefined) throw new Error(`no file ${path}`);
    return text;
  },
});
