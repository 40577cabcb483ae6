import { Bad } from './bad.ts';
import { modelName } from './model-name.ts';

/** A backend that a router may send a model to. */
export interface Route {
  model: string;
  backend: string;
  /** Undefined: none was given. */
  weight: number | undefined;
}

/** `model>backend*weight` parts: names may hold colons, as URLs do. */
export function parseRoutes(text: string): Route[] {
  const allowed = '`model>backend` or `model>backend*weight`, as in small>a*3,small>b*1,large>b';
  const routes = text.split(',').map((part): Route => {
    const [model = '', to = ''] = part.split('>').map((word) => word.trim());
    const [backend = '', factor] = to.split('*').map((word) => word.trim());
    const weight = factor === undefined ? undefined : Number(factor);
    if (!model || !backend || !(weight === undefined || (weight > 0 && weight < Number.POSITIVE_INFINITY)))
      throw new Bad(`"${part.trim()}" is no route`, allowed);
    return { model: modelName(model), backend, weight };
  });
  if (new Set(routes.map((r) => `${r.model}>${r.backend}`)).size < routes.length)
    throw new Bad('a route twice', allowed);
  return routes;
}
