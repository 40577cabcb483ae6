/** k6 outside k6: time does not pass while a VU sleeps; what it slept is remembered. */
export const slept: number[] = [];
export const sleep = (seconds: number): void => {
  slept.push(seconds);
};
