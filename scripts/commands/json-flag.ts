/** `--json` alone means `--json -`. Commander would take the next word, which may be a URL, for the file. */
export function withJsonFile(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.flatMap((word, i) => {
    if (word !== '--json' || (end >= 0 && i > end)) return [word];
    const next = argv[i + 1];
    return next === '-' || next?.endsWith('.json') ? [word] : ['--json=-'];
  });
}
