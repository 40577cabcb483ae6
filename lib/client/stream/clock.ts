import exec from 'k6/execution';

let instance: typeof exec.instance | undefined;

/**
 * ms since the test began, to a few µs: Date.now() counts whole ms. k6 takes it from the system's clock, so a step of that
 * moves it. Asking k6/execution for `instance` costs sixteen times as much as asking that for the time.
 */
export function clock(): number {
  instance ??= exec.instance;
  return instance.currentTestRunDuration;
}
