import type { BenchPhase, Results } from '../../lib/results.ts';
import { countText, elapsedText } from '../format.ts';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { timeText } from './head.tsx';

const PHASES: Record<BenchPhase['name'], string> = {
  warmup: 'warm-up, discarded',
  baseline: 'baseline',
  search: 'search for the limit',
  validation: 'validation of the SLO',
};

/** Everything that somebody needs to know, or to do, to measure the same again. */
export function Environment({ results }: { results: Results }) {
  const { run, target, bench, parts = [] } = results;
  const { META, ...settings } = run.settings;
  const facts: [string, string | undefined][] = [
    ...Object.entries((META ?? {}) as Record<string, unknown>).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]),
    ['server', target.server],
    ['address', target.baseUrl],
    ['models', target.models.join(', ') || undefined],
    ['API', target.api],
    ['llmload', run.llmload],
    ['k6', run.k6],
    ['driver', run.driver],
    ['started', timeText(run.startedAt)],
    ['ended', timeText(run.endedAt)],
    ['run', run.id],
    ['warm-up requests, left out of all figures', countText(run.warmupRequests)],
  ];
  return (
    <Section id="environment" title="Environment">
      <Table
        caption="Environment"
        rows={facts.filter(([, value]) => value !== undefined)}
        columns={[
          { head: 'what', left: true, cell: ([name]) => name },
          { head: 'value', left: true, cell: ([, value]) => <span class="long">{value}</span> },
        ]}
      />
      {bench && bench.phases.length > 0 && (
        <>
          <h3>Phases</h3>
          <Table
            caption="Phases of the bench"
            rows={bench.phases}
            columns={[
              { head: 'phase', left: true, cell: (p) => PHASES[p.name] },
              { head: 'began, UTC', cell: (p) => new Date(p.from).toISOString().slice(11, 19) },
              { head: 'took', cell: (p) => elapsedText(p.to - p.from) },
              { head: 'requests', cell: (p) => countText(p.requests) },
            ]}
          />
        </>
      )}
      {(run.command || parts.length > 0) && (
        <>
          <h3>To do it again</h3>
          {run.command && <pre>{run.command.map(quoted).join(' ')}</pre>}
          {parts.length > 0 && (
            <details>
              <summary>{parts.length === 1 ? 'The k6 run' : `The ${parts.length} k6 runs`} it consists of</summary>
              {parts.map(({ records, command }) => (
                <pre key={records}>
                  <b># {records}</b>
                  {'\n'}
                  {command}
                </pre>
              ))}
            </details>
          )}
        </>
      )}
      <details>
        <summary>Settings</summary>
        <Table
          caption="Settings"
          rows={Object.entries(settings)}
          columns={[
            { head: 'setting', left: true, cell: ([name]) => <code>{name}</code> },
            { head: 'value', left: true, cell: ([, value]) => <span class="long">{settingText(value)}</span> },
          ]}
        />
      </details>
    </Section>
  );
}

const settingText = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? '–'));

/** A word as a shell takes it; a secret stands as "$NAME" already. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) || /"\$\w+"$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
