/**
 * What the tcp driver gives later, and every other driver at once. Promises cost time in k6's JavaScript, so only it makes
 * any: `after` and `whilst` go straight on where there is nothing to wait for.
 */
export type Soon<T> = T | Promise<T>;

export function after<A, B>(value: Soon<A>, next: (value: A) => Soon<B>): Soon<B> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Takes steps, one after the other, until one says that there are no more. */
export function whilst(step: () => Soon<boolean>): Soon<void> {
  for (;;) {
    const more = step();
    if (more instanceof Promise) return more.then((on) => (on ? whilst(step) : undefined));
    if (!more) return;
  }
}
