import { apartOf, lastOf, overBy, type Shown } from './evidence.ts';
import type { Chaos, Noticed, Sign } from './result.ts';
import type { Looked, Signs } from './signs.ts';
import type { Done } from './times.ts';

/** Signs under which those who wait suffer; of those who are equally early the first is told. */
const SUFFERING: readonly Sign[] = ['no_answers', 'errors', 'ttft', 'itl'];
const ORDER: readonly Sign[] = [...SUFFERING, 'backend', 'load'];

export interface Course {
  /** What was shown while the fault lasted. */
  shown: (Looked & { shown: Shown })[];
  detection: Noticed | null;
  recovery: Chaos['recovery'];
  /** Everything looked well when the run ended, too briefly to be sure. */
  unsure: boolean;
  interval: number;
}

/** @param spacing ms between requests */
export function courseOf(signs: Signs, injected: Done, restored: Done | null, spacing: number): Course {
  const undone = restored?.at ?? Number.POSITIVE_INFINITY;
  const undoing = restored?.asked ?? Number.POSITIVE_INFINITY;
  const found = signs.looked.flatMap((l) => (l.shown ? [{ ...l, shown: l.shown }] : []));
  found.sort((a, b) => ORDER.indexOf(a.sign) - ORDER.indexOf(b.sign));
  const begins = ({ sign, shown }: (typeof found)[number]) =>
    (shown.series.until[shown.clusters[0]?.first ?? 0] as number) - (sign === 'itl' ? signs.bin : 0);
  const shown = found.filter((f) => begins(f) < undone);
  const noticed = shown.map(({ sign, shown: { clusters, series } }): Noticed => {
    const at = Math.max(injected.at, series.known[clusters[0]?.first ?? 0] as number);
    return { at, after: at - injected.at, by: sign };
  });
  const detection = noticed.reduce<Noticed | null>((a, b) => (a && a.at <= b.at ? a : b), null);
  const base = { shown, detection };
  const resolution = (by: Sign | undefined): number => {
    const one = found.find((f) => f.sign === by);
    if (!one) return spacing;
    const wait = by === 'itl' ? signs.bin : by === 'ttft' || by === 'no_answers' ? signs.late : 0;
    return Math.max(spacing, apartOf(one.shown), wait);
  };
  if (!detection) return { ...base, recovery: null, unsure: false, interval: spacing };

  const ends = found
    .filter((f) => SUFFERING.includes(f.sign))
    .map(({ sign, shown: own }) => {
      const unaided = overBy(own, undoing);
      const at = Math.max(lastOf(own), detection.at, unaided || restored === null ? 0 : restored.at);
      return { by: sign, at, unaided, over: unaided || overBy(own, Number.POSITIVE_INFINITY), own };
    });
  const last = ends.reduce<(typeof ends)[number] | undefined>((a, b) => (a && a.at >= b.at ? a : b), undefined);
  const interval = Math.max(resolution(detection.by), resolution(last?.by));
  if (!last) return { ...base, recovery: { ...detection, unaided: true }, unsure: false, interval };
  if (ends.some((e) => !e.over)) {
    const bad = ends.some(({ own }) => own.scores.length - 1 === own.clusters.at(-1)?.last);
    return { ...base, recovery: null, unsure: !bad, interval };
  }
  const { by, at, unaided } = last;
  const recovery = { at, after: at - (unaided || restored === null ? injected : restored).at, by, unaided };
  return { ...base, recovery, unsure: false, interval };
}
