/** k6/execution outside k6: tests set what a VU would see. */
export default {
  scenario: { name: 'step_1', startTime: 0, iterationInTest: 0 },
  test: { options: {} as Record<string, unknown> },
  instance: { currentTestRunDuration: 0 },
  vu: { idInTest: 1, metrics: { tags: {} as Record<string, unknown> } },
};
