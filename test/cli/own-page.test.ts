import { expect, test } from 'vitest';
import { createStatus } from '../../scripts/live/status.ts';
import { writeOwnPage } from '../../scripts/report/own.ts';
import { LINES, PLAN, resultsOf } from '../lib/results.ts';

test('a page that cannot be written is a warning, and nothing is thrown', () => {
  let said = '';
  const status = createStatus({
    write(text) {
      said += text;
      return true;
    },
  });
  expect(writeOwnPage('/no/such/folder/report.html', status, () => ({ results: resultsOf(LINES, PLAN) }))).toBe(false);
  expect(said).toMatch(/^warning: there is no report\.html: .+\n$/);
});
