import type { Results } from '../../lib/results.ts';
import { Section } from '../parts/section.tsx';
import { nameOfStep } from '../steps.ts';

/** What changed in the course of a long step. */
export const Drift = ({ results: { drift = [], steps } }: { results: Results }) =>
  drift.length === 0 ? null : (
    <Section id="drift" title="Drift">
      <ul>
        {drift.map(({ step, metric, sentence, shown }) => (
          <li key={step + metric}>
            {nameOfStep(steps, step)}: {shown ? <strong>{sentence}</strong> : sentence}
          </li>
        ))}
      </ul>
    </Section>
  );
