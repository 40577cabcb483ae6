import { Command, Help } from 'commander';
import { fold } from '../../lib/report/table.ts';

/** Adds each subcommand, in the order in which help lists them. What the others need is not even loaded. */
const ADDS = {
  bench: async () => (await import('./bench.ts')).addBench,
  run: async () => (await import('./run.ts')).addRun,
  saturate: async () => (await import('./saturate.ts')).addSaturate,
  ab: async () => (await import('./ab.ts')).addAb,
  'router-test': async () => (await import('./router-test.ts')).addRouterTest,
  probe: async () => (await import('./probe.ts')).addProbe,
  report: async () => (await import('./report.ts')).addReport,
  compare: async () => (await import('./compare.ts')).addCompare,
  cost: async () => (await import('./cost.ts')).addCost,
  analyze: async () => (await import('./analyze.ts')).addAnalyze,
  chaos: async () => (await import('./chaos.ts')).addChaos,
  plan: async () => (await import('./plan.ts')).addPlan,
  archive: async () => (await import('./archive.ts')).addArchive,
  mock: async () => (await import('./mock.ts')).addMock,
  router: async () => (await import('./router.ts')).addRouter,
} satisfies Record<string, () => Promise<(program: Command) => void>>;

const isCommand = (word: string | undefined): word is keyof typeof ADDS => Object.hasOwn(ADDS, word ?? '');

/** `llmload` with the flags of one subcommand; with all of them where `word` is none: help, or a typo. */
export async function program(word?: string): Promise<Command> {
  const command = new Command('llmload')
    .description('Load tests for anything that serves LLMs over HTTP: time to first token, gaps, tokens/s, SLOs.')
    .version(LLMLOAD_VERSION)
    .showSuggestionAfterError()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .configureHelp({ showGlobalOptions: false, boxWrap: wrapped })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  llmload bench --url localhost:8000 --quick        its limit, its latency, a verdict, in two minutes
  llmload probe localhost:8000                      one request, frame by frame
  llmload run constant --url localhost:8000 --rate 5 --duration 1m --slo chat
  llmload run blast --url localhost:8000 --ramp 8,32,64,128
  llmload saturate --url localhost:8000             how much load it can carry
  llmload ab --url direct=localhost:8000 --url router=localhost:4000
  llmload compare last~1 last                       is the newest run better than the one before?
  llmload chaos --url localhost:8000 --inject-command 'kubectl delete pod vllm-0'

Every flag is a setting of the environment too (--output-tokens is OUTPUT_TOKENS).`,
    );
  const adds = await Promise.all(isCommand(word) ? [ADDS[word]()] : Object.values(ADDS).map((add) => add()));
  for (const add of adds) add(command);
  for (const sub of command.commands) sub.copyInheritedSettings(command);
  return command;
}

/** Commander folds the rows of a list as if they were prose. */
function wrapped(this: Help, text: string, width: number): string {
  const prose = (line: string) => Help.prototype.boxWrap.call(this, line, width);
  return text
    .split('\n')
    .flatMap((line) => (line.startsWith(' ') ? fold(line, width) : prose(line)))
    .join('\n');
}

/** Commander puts its suggestion on a line of its own. */
const oneLine = (text: string): string =>
  `${text
    .trim()
    .replace(/^error: /, 'llmload: ')
    .replace(/\s*\n\s*/g, ' ')}\n`;
