import type { Route } from '../../settings/routes.ts';

/** Settings that speak of a router. */
export type RouterSettings = {
  readonly routes?: readonly Route[] | undefined;
  readonly affinity?: boolean | undefined;
  readonly echo?: boolean | undefined;
  readonly backendHeader?: string | undefined;
};

/** What a router is to do. */
export type RouterAsked = Pick<RouterSettings, 'routes' | 'affinity' | 'echo'>;

/**
 * What the settings ask of a router; undefined where they speak of none.
 * @param routing answers must come from the model that was asked
 */
export function routerAsked(settings: RouterSettings, routing: boolean): RouterAsked | undefined {
  const { routes, affinity, echo, backendHeader } = settings;
  return routing || routes || affinity || echo || backendHeader ? { routes, affinity, echo } : undefined;
}
