import { Rate } from 'k6/metrics';

type Checker<T> = ((value: T) => unknown) | unknown;
type Checkers<T> = Record<string, Checker<T>>;
type AnyPromise<C> = {
  [K in keyof C]: C[K] extends Promise<unknown> | ((value: never) => Promise<unknown>) ? true : false;
}[keyof C];
/** A promise as soon as one checker is or returns one. */
type Passed<C> = true extends AnyPromise<C> ? Promise<boolean> : boolean;

/** k6's own metric of this name: its checks and these count together. */
const checks = /* @__PURE__ */ new Rate('checks');

/**
 * k6's `check` for promises too: adds one sample to the `checks` metric for each checker, tagged `check: <its name>`, and
 * tells if all were truthy. A checker is a value, a function of `value`, or a promise or async function of either.
 * @returns a boolean, or a promise of one if `value` or any checker is or returns a promise
 */
export function check<T, C extends Checkers<T>>(
  value: Promise<T>,
  checkers: C,
  tags?: Record<string, string>,
): Promise<boolean>;
export function check<T, C extends Checkers<T>>(value: T, checkers: C, tags?: Record<string, string>): Passed<C>;
export function check<T>(
  value: T | Promise<T>,
  checkers: Checkers<T>,
  tags?: Record<string, string>,
): boolean | Promise<boolean> {
  if (value instanceof Promise) return value.then((resolved) => check<T, Checkers<T>>(resolved, checkers, tags));
  const results = Object.entries(checkers).map(([name, checker]) => {
    const report = (result: unknown): boolean => {
      checks.add(result ? 1 : 0, { ...tags, check: name });
      return Boolean(result);
    };
    const result: unknown = typeof checker === 'function' ? checker(value) : checker;
    return result instanceof Promise ? result.then(report) : report(result);
  });
  if (results.some((result) => result instanceof Promise))
    return Promise.all(results).then((all) => all.every(Boolean));
  return results.every(Boolean);
}
