import type { Kind } from '../../lib/analysis/server/catalogue.ts';
import type { Selectors } from '../../lib/analysis/server/promql.ts';
import { Bad } from '../../lib/settings/bad.ts';

const KINDS: readonly Kind[] = ['engine', 'gpu', 'node'];
const MATCHER = /[a-zA-Z_]\w*\s*(=~|!~|!=|=)\s*"(?:[^"\\\n]|\\.)*"/.source;
const MATCHERS = new RegExp(`^${MATCHER}(\\s*,\\s*${MATCHER})*$`);

/** `job="vllm"` is of all metrics, `gpu:Hostname="a"` of those of that kind alone. @throws Bad */
export function addSelector(text: string, to: Selectors): Selectors {
  const [, kind, matchers = ''] = /^(?:(engine|gpu|node):)?(.*)$/s.exec(text.trim()) ?? [];
  if (!MATCHERS.test(matchers.trim()))
    throw new Bad(
      'no label matchers',
      `job="vllm",pod=~"a.*"; before them engine:, gpu: or node: where only these have them`,
    );
  if (kind) return { ...to, [kind]: matchers.trim() };
  return { ...Object.fromEntries(KINDS.map((each) => [each, matchers.trim()])), ...to };
}
