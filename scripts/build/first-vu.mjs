// What only some of k6's virtual users evaluate.

/**
 * Modules that none but the first VU needs, and those of setup, teardown and handleSummary, which are number 0 as well: what
 * reads settings, judges and reports. Whatever a module defines costs memory in every VU that evaluates it. They import no k6
 * module, and call nothing of their own while they are evaluated that stands further down.
 */
const FIRST_VU_ONLY = [
  'lib/analysis/(?!audit/trace\\.ts)',
  'lib/report/',
  'lib/settings/(arrival|bad|labels|model-name|parse|routes|settings|table|targets|url|zones)\\.ts',
  'lib/(calibrate|learn|options|probe|question|record|results|summary)\\.ts',
  'lib/workload/(prompts-file|trace/csv|trace/formats|trace/reading)\\.ts',
  'thresholds/',
];
const MODULE = /^\/\/ (\S+\.\w+)$/;
const LISTED = new RegExp(`^(${FIRST_VU_ONLY.join('|')})`);

/**
 * A bundle in which other VUs pass those modules over: what they define is undefined there. A line stays a line, so the source
 * map holds. It reads what esbuild writes: a module begins with a comment that is its path, and its statements with a line of
 * their own.
 * @param {string} code
 * @throws Error for a module that cannot be passed over
 */
export function forFirstVuOnly(code) {
  let inside = '';
  const lines = code.split('\n').map((line) => {
    const path = MODULE.exec(line)?.[1] ?? (line === 'export {' ? '' : undefined);
    if (path !== undefined) {
      const [closes, opens] = [inside !== '', LISTED.test(path)];
      inside = opens ? path : '';
      return `${closes ? '} ' : ''}${opens ? 'if (__VU === 0) { ' : ''}${line}`;
    }
    if (inside === '') return line;
    if (/^(import|let|const|class)\b/.test(line)) throw new Error(`${inside} is not only the first VU's: ${line}`);
    // In a block a function is that block's own.
    return line.replace(/^(async )?function(\*?) (\w+)/, 'var $3 = $1function$2').replace(/^}$/, '};');
  });
  return lines.join('\n');
}
