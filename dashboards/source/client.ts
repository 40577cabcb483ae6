import { CHOSEN, failed, latency, PERCENTILE_NAME, perSecond, type Rendering } from './k6.ts';
import { graph, type Query } from './panels.ts';

/** Percentiles of the client's beside what a server says; of the two queries that one answers whose rendering was written. */
const both = (metric: 'llm_ttft' | 'llm_itl'): Query[] =>
  (['native', 'stats'] as const satisfies readonly Rendering[]).map((rendering) => ({
    expr: latency(metric, rendering, 'testid, model'),
    legend: `${PERCENTILE_NAME}${rendering === 'stats' ? ' so far' : ''} {{model}}`,
  }));

export const clientTtft = () =>
  graph({
    title: 'Client: TTFT',
    description:
      'Time to first token: first content, reasoning or tool-call frame − t(send), by model. "So far": since its step began, the highest of its series.',
    unit: 's',
    queries: both('llm_ttft'),
  });

export const clientItl = () =>
  graph({
    title: 'Client: ITL',
    description:
      'Inter-token latency: gaps between consecutive content frames, by model. "So far": since its step began, the highest of its series.',
    unit: 's',
    queries: both('llm_itl'),
  });

export const clientRequests = () =>
  graph({
    title: 'Client: requests',
    description: 'Requests a second by how they ended.',
    unit: 'reqps',
    queries: [
      { expr: perSecond('llm_requests', 'testid, model', `${CHOSEN},outcome="ok"`), legend: 'ok {{model}}' },
      { expr: perSecond('llm_requests', 'testid, model, outcome', failed()), legend: '{{outcome}} {{model}}' },
    ],
  });
