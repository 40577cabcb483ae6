/** `llmload`: reads the command line, runs one subcommand, and turns every error into one line and an exit code. */
import { CommanderError } from 'commander';
import { SettingsError } from '../../lib/settings/parse.ts';
import { CommandError, EXIT } from './exit.ts';
import { withJsonFile } from './json-flag.ts';
import { program } from './program.ts';

// A reader that leaves, as `| head` does, is no reason to fail: the exit code is a verdict.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (e: NodeJS.ErrnoException) => {
    if (e.code !== 'EPIPE') throw e;
  });

try {
  const command = await program(process.argv[2]);
  await command.parseAsync(withJsonFile(process.argv));
} catch (e) {
  process.exitCode = exitCode(e);
}

function exitCode(e: unknown): number {
  // Commander has told it already; a flag that is wrong or unknown is a bad setting.
  if (e instanceof CommanderError)
    return e.exitCode === 0 ? EXIT.passed : /option|invalidArgument/i.test(e.code) ? EXIT.badSetting : EXIT.failed;
  console.error(`llmload: ${e instanceof Error ? e.message : String(e)}`);
  return e instanceof CommandError ? e.code : e instanceof SettingsError ? EXIT.badSetting : EXIT.failed;
}
