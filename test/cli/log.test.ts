import { describe, expect, test } from 'vitest';
import { createEcho, logLine } from '../../scripts/commands/log.ts';

const line = (level: string, msg: string, rest = '') => `time="2026-01-01T00:00:00Z" level=${level} msg=${msg}${rest}`;

describe('logLine', () => {
  test.each([
    [line('warning', '"Insufficient VUs"'), 'warning', 'Insufficient VUs'],
    [line('error', 'plain'), 'error', 'plain'],
    [
      line(
        'error',
        '"SettingsError: RATE=\\"x\\": not a number\\n\\tat parse (file:///x.ts:1:2(3))\\n"',
        ' hint="script exception"',
      ),
      'error',
      'RATE="x": not a number',
    ],
    [
      line('warning', '"Request Failed"', ' error="Get \\"http://h\\": refused"'),
      'warning',
      'Request Failed: Get "http://h": refused',
    ],
    [line('error', '"test aborted: no model x at verdict2 (file:///a.ts:1:2(3))"'), 'error', 'no model x'],
  ])('%s', (text, level, message) => {
    expect(logLine(text)).toEqual({ level, message });
  });

  test('something else is undefined', () => {
    expect(logLine('panic: runtime error')).toBeUndefined();
  });
});

describe('createEcho', () => {
  const echoed = (lines: string[], most?: number) => {
    const said: string[] = [];
    const echo = createEcho((text) => said.push(text), most);
    for (const text of lines) echo(text);
    return said;
  };

  test('warnings and errors, each once; what is not k6 log as it is', () => {
    const lines = [line('info', 'a'), line('warning', 'b'), line('warning', 'b'), line('error', 'c'), 'panic: d', ''];
    expect(echoed(lines)).toEqual(['b', 'c', 'panic: d']);
  });

  test('crossed thresholds are told by the table', () => {
    expect(echoed([line('error', `"thresholds on metrics 'llm_ttft' have been crossed"`)])).toEqual([]);
  });

  test('a flood ends with one line', () => {
    const lines = Array.from({ length: 100 }, (_, i) => line('error', `e${i}`));
    expect(echoed(lines, 3)).toEqual(['e0', 'e1', 'e2', 'k6 says more, see its log']);
  });
});
