import { Bad } from './bad.ts';

const ALLOWED = 'pairs of a name and a value, as in commit=1a2b3c,gpu=H100';

/** `a=b,c=d`. @throws Bad */
export function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const [name, value] = [part.slice(0, Math.max(0, at)).trim(), part.slice(at + 1).trim()];
    if (!name || !value) throw new Bad(`"${part.trim()}" is no name=value`, ALLOWED);
    if (Object.hasOwn(labels, name)) throw new Bad(`names ${name} twice`, ALLOWED);
    labels[name] = value;
  }
  return labels;
}
