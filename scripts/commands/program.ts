import { Command, Help } from 'commander';
import { fold } from '../../lib/report/table.ts';
import { addAb } from './ab.ts';
import { addAnalyze } from './analyze.ts';
import { addArchive } from './archive.ts';
import { addBench } from './bench.ts';
import { addChaos } from './chaos.ts';
import { addCompare } from './compare.ts';
import { addCost } from './cost.ts';
import { addMock } from './mock.ts';
import { addPlan } from './plan.ts';
import { addProbe } from './probe.ts';
import { addReport } from './report.ts';
import { addRouter } from './router.ts';
import { addRouterTest } from './router-test.ts';
import { addRun } from './run.ts';
import { addSaturate } from './saturate.ts';

/** `llmload`: every subcommand with its flags. */
export function program(): Command {
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
  const adds = [
    addBench,
    addRun,
    addSaturate,
    addAb,
    addRouterTest,
    addProbe,
    addReport,
    addCompare,
    addCost,
    addAnalyze,
    addChaos,
    addPlan,
    addArchive,
    addMock,
    addRouter,
  ];
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
