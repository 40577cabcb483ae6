// What only some of k6's virtual users evaluate.

/**
 * Modules that none but the first VU needs, and those of setup, teardown and handleSummary, which are number 0 as well: what
 * reads settings, judges and reports. Whatever a module defines costs memory in every VU that evaluates it. They import no k6
 * module.
 */
const FIRST_VU_ONLY = [
  'lib/analysis/(?!audit/trace\\.ts)',
  'lib/report/',
  'lib/settings/(arrival|bad|labels|model-name|parse|routes|settings|table|targets|url|zones)\\.ts',
  'lib/(calibrate|learn|options|probe|question|record|results|summary)\\.ts',
  'lib/workload/(prompts-file|trace/csv|trace/formats|trace/reading)\\.ts',
  'thresholds/',
];
const LISTED = new RegExp(`^(${FIRST_VU_ONLY.join('|')})`);

/** A module as esbuild writes it: a comment that is its path, its statements, a line of their own each, and an empty line. */
const MODULE = /^(?=\/\/ \S+\.\w+$|export \{$)/m;
const DEFINES = /^(?:var|(?:async )?function\*?) ([\w$]+)/gm;
const NUMBER = /^var ([\w$]+) = -?\d/gm;
/** What cannot stand in a function, or would not be seen outside of it. */
const UNFIT = /^(?:import|export|let|const|class|var [{[]).*/m;

/**
 * A bundle in which the other VUs pass those modules over: what they define is undefined there. A line stays a line, so the
 * source map holds.
 * @param {string} code as esbuild bundles it
 * @throws Error for a module that cannot be passed over
 */
export function forFirstVuOnly(code) {
  const modules = code.split(MODULE).map((text) => ({
    text,
    listed: LISTED.test(text.slice(3)),
    words: new Set(text.match(/[\w$]+/g)),
  }));
  return modules.map((module) => (module.listed ? passedOver(module, modules) : module.text)).join('');
}

function passedOver(module, modules) {
  const { text } = module;
  const path = text.slice(3, text.indexOf('\n'));
  const unfit = UNFIT.exec(text);
  if (unfit) throw new Error(`${path} is not only the first VU's: ${unfit[0]}`);
  const users = (name) => modules.filter((other) => other !== module && other.words.has(name));
  const wanted = [...text.matchAll(DEFINES)].map(([, name]) => name).filter((name) => users(name).length > 0);
  if (wanted.length === 0) return text;
  // A function that is missing throws where it is called; a missing number would only be wrong.
  const numbers = new Set([...text.matchAll(NUMBER)].map(([, name]) => name));
  const missed = wanted.find((name) => numbers.has(name) && users(name).some(({ listed }) => !listed));
  if (missed) throw new Error(`${path}: every VU needs ${missed}, which the first alone would have`);
  const names = `{ ${wanted.join(', ')} }`;
  return `var ${names} = __VU === 0 ? (() => { ${text.replace(/\n$/, '')}return ${names}; })() : {};\n`;
}
