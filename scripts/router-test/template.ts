import Mustache from 'mustache';
import { CommandError, EXIT } from '../commands/exit.ts';
import type { Backend } from './backends.ts';

/** What a command line and a config template may ask for. Undefined: not given. */
export interface Values {
  port: number;
  host: string;
  workers: number;
  max_conc: number | undefined;
  /** Path of the rendered config. */
  config: string;
  backends: readonly Backend[];
}

const IN_COMMAND = ['port', 'host', 'config', 'workers', 'max_conc', 'backends'];
/** What a section of a template knows beside what is around it. */
const IN_TEMPLATE: Readonly<Record<string, readonly string[]>> = {
  '': ['port', 'host', 'workers', 'max_conc', 'backends', 'models'],
  backends: ['name', 'url', 'model', 'weight', 'last'],
  models: ['model', 'backends', 'last'],
};
const LISTS = ['backends', 'models'];

/** `{port}`, but not the `${port}` of a shell. */
const PLACEHOLDER = /(?<!\$)\{([a-z_]+)\}/g;

const bad = (what: string, wrong: string, allowed: readonly string[] | string): CommandError =>
  new CommandError(
    `${what}: ${wrong}; allowed: ${typeof allowed === 'string' ? allowed : allowed.join(' ')}`,
    EXIT.badSetting,
  );

const fillers = IN_COMMAND.map((name) => `{${name}}`);

/** The placeholders of a command. @throws CommandError 107 */
export function placeholdersOf(flag: string, text: string): string[] {
  const names = [...text.matchAll(PLACEHOLDER)].map((match) => match[1] as string);
  const unknown = names.find((name) => !IN_COMMAND.includes(name));
  if (unknown !== undefined) throw bad(flag, `no placeholder {${unknown}}`, fillers);
  return names;
}

/** A command with its placeholders filled in; backends as URLs with commas between. */
export const fill = (text: string, values: Values): string =>
  text.replace(PLACEHOLDER, (_, name: keyof Values) =>
    name === 'backends' ? values.backends.map((b) => b.url).join(',') : String(values[name]),
  );

type Token = [kind: string, name: string, start: number, end: number, children?: Token[]];

/** The names that a template uses, lists left out. @throws CommandError 107 with the line */
export function namesOf(file: string, text: string): string[] {
  const used: string[] = [];
  const walk = (tokens: readonly Token[], known: readonly string[]): void => {
    for (const [kind, name, start, , children] of tokens) {
      if (kind === 'text' || kind === '!' || kind === '=') continue;
      const line = text.slice(0, start).split('\n').length;
      const what = `--router-config ${file}:${line}`;
      if (kind === '>') throw bad(what, `{{> ${name}}} is another file`, 'one file');
      if (!known.includes(name)) throw bad(what, `no {{${name}}} here`, known);
      used.push(name);
      if (children)
        walk(children, kind === '#' && LISTS.includes(name) ? [...known, ...(IN_TEMPLATE[name] ?? [])] : known);
    }
  };
  walk(parse(file, text), IN_TEMPLATE[''] ?? []);
  return used;
}

function parse(file: string, text: string): Token[] {
  try {
    return Mustache.parse(text) as Token[];
  } catch (e) {
    throw bad(`--router-config ${file}`, (e as Error).message, 'a mustache template');
  }
}

/** A config: one entry a backend and model, so that any list of either can be written. Nothing is escaped: it is no HTML. */
export function render(text: string, { backends, ...values }: Values): string {
  const entries = backends.flatMap(({ models, ...backend }) =>
    models.map((model) => ({ weight: 1, ...backend, model })),
  );
  const models = [...new Set(entries.map((e) => e.model))].map((model) => ({
    model,
    backends: listed(entries.filter((e) => e.model === model)),
  }));
  const view = { ...values, backends: listed(entries), models: listed(models) };
  return Mustache.render(text, view, {}, { escape: String });
}

/** `{{^last}},{{/last}}` is how JSON gets its commas. */
const listed = <T extends object>(list: readonly T[]): (T & { last: boolean })[] =>
  list.map((entry, i) => ({ ...entry, last: i === list.length - 1 }));
