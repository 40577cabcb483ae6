import { loadOf } from '../../lib/analysis/limit/limit.ts';
import type { Results } from '../../lib/results.ts';
import { loadText } from '../format.ts';

/** The limit as a range on an axis from 0: what held, what broke, and what lies between. */
export function RangeBar({ results: { limit, knee, steps } }: { results: Results }) {
  if (!limit) return null;
  const [held, broken] = limit.range;
  if (held === null && broken === null) return null;
  const unit = limit.by === 'rate' ? 'req/s' : 'in flight';
  const most = Math.max(...steps.filter((s) => s.requests > 0).map(loadOf), held ?? 0);
  const end = niceEnd(broken === null ? 1.25 * most : Math.max(1.2 * broken, Math.min(most, 1.6 * broken)));
  const at = (load: number) => `${(100 * Math.min(load, end)) / end}%`;
  const bend = limit.client || !knee || knee.load > end ? undefined : knee.load;
  const { recommended } = limit;
  const words = [
    held === null ? '' : `held at ${loadText(held)}`,
    broken === null ? 'broke nowhere' : `broke at ${loadText(broken)}`,
    recommended === null ? '' : `recommended up to ${loadText(recommended)}`,
    bend === undefined ? '' : `knee at ${loadText(bend)}`,
  ].filter(Boolean);
  return (
    <div class="range">
      <div class="bar" role="img" aria-label={`Limit in ${unit}: ${words.join(', ')}`}>
        <div class="held" style={{ width: at(held ?? 0) }} />
        <div
          class={broken === null ? 'open' : 'between'}
          style={{ left: at(held ?? 0), right: broken === null ? '0' : `calc(100% - ${at(broken)})` }}
        />
        {broken !== null && <div class="broken" style={{ left: at(broken) }} />}
        {recommended !== null && <div class="mark recommended" style={{ left: at(recommended) }} />}
        {bend !== undefined && <div class="mark knee" style={{ left: at(bend) }} />}
      </div>
      <div class="axis" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share} style={{ left: `${100 * share}%` }}>
            {loadText(share * end)}
            {share === 1 ? ` ${unit}` : ''}
          </span>
        ))}
      </div>
      <ul class="keys">
        {recommended !== null && <Key kind="recommended" name="recommended, up to" value={recommended} unit={unit} />}
        {held !== null && <Key kind="held" name="highest that held" value={held} unit={unit} />}
        {broken !== null && <Key kind="broken" name="lowest that broke" value={broken} unit={unit} />}
        {broken === null && (
          <li>{limit.client ? 'the client gave out first' : 'no load broke it: the limit lies above'}</li>
        )}
        {bend !== undefined && <Key kind="knee" name="knee" value={bend} unit={unit} />}
      </ul>
    </div>
  );
}

const Key = ({ kind, name, value, unit }: { kind: string; name: string; value: number; unit: string }) => (
  <li>
    <i class={kind} aria-hidden="true" /> {name} <b>{loadText(value)}</b> {unit}
  </li>
);

/** The next end of an axis whose quarters are round. */
function niceEnd(value: number): number {
  const ten = 10 ** Math.floor(Math.log10(value));
  return ten * ([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8].find((step) => step * ten >= value * 0.9999) ?? 10);
}
