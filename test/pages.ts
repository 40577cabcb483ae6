/** The pages that people read, and what stands in them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../scripts/build/root.mjs';

const FOLDERS = ['.', 'docs', 'bench', 'dashboards', 'data/traces', 'deploy/k8s', 'examples/own-scenario'];

/** Paths from the root. */
export const PAGES = FOLDERS.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

export const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

const FENCED = /^```(\w*)\n(.*?)^```$/gms;

/** `file.md#anchor`, as written; not those that lead elsewhere. */
export const linksOf = (page: string): string[] =>
  [
    ...textOf(page)
      .replace(FENCED, '')
      .matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g),
  ]
    .map(([, link, image]) => (link ?? image) as string)
    .filter((link) => !/^\w+:/.test(link));

/** The anchors of a page's headings, as GitHub makes them; of equal ones the later ones have a number. */
export function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [
    ...textOf(page)
      .replace(FENCED, '')
      .matchAll(/^#+ (.*)$/gm),
  ].map(([, heading]) => {
    const slug = (heading as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before ? `${slug}-${before}` : slug;
  });
}

/** Names after `npm run`. */
export const npmScriptsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name]) => name as string);

/** The scripts of the clone, and of the package.json that is nearest to a page. */
export const scriptsFor = (page: string): string[] =>
  ['.', dirname(page)]
    .map((folder) => join(root, folder, 'package.json'))
    .filter((file) => existsSync(file))
    .flatMap((file) => Object.keys(JSON.parse(readFileSync(file, 'utf8')).scripts));

/** What a shell would start, as words. Whole in a `sh` block; code within a line may only mention a command. */
export const commandsOf = (page: string): { words: string[]; whole: boolean }[] => {
  const text = textOf(page);
  const blocks = [...text.matchAll(FENCED)].filter(([, language]) => language === 'sh').map(([, , code]) => code);
  const inline = [...text.replace(FENCED, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code);
  return [...blocks, ...inline].flatMap((code, i) =>
    (code as string)
      .replace(/\\\n\s*/g, '')
      .split('\n')
      .flatMap(commandsIn)
      .map((words) => ({ words, whole: i < blocks.length })),
  );
};

const TOKEN = /'[^']*'|"[^"]*"|[^\s'";|&]+|[;|&]+|\s+/g;

/** A line of a shell, without its comment, its redirections and what is set before a command. */
function commandsIn(line: string): string[][] {
  const commands: string[][] = [[]];
  let word = '';
  const end = () => {
    if (word) commands.at(-1)?.push(word);
    word = '';
  };
  for (const [token] of line.replace(/(^|\s)#.*$/, '').matchAll(TOKEN)) {
    if (/^\s/.test(token)) end();
    else if (/^[;|&]/.test(token)) {
      end();
      commands.push([]);
    } else word += token.replace(/^(['"])(.*)\1$/, '$2');
  }
  end();
  return commands.map((words) => {
    const kept = words.filter((each, i) => !/^>/.test(each) && !/^>+$/.test(words[i - 1] ?? ''));
    const first = kept.findIndex((each) => !/^[A-Z_0-9]+=/.test(each) && each !== 'npx');
    return first < 0 ? [] : kept.slice(first);
  });
}
