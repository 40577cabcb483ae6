import { describe, expect, test } from 'vitest';
import { fill, namesOf, placeholdersOf, render } from '../../scripts/router-test/template.ts';

const values = {
  port: 4000,
  host: '127.0.0.1',
  workers: 2,
  max_conc: 64,
  config: '/runs/x/router.yaml',
  backends: [
    { name: 'b1', url: 'http://127.0.0.1:9001', models: ['small', 'large'], weight: 3 },
    { name: 'b2', url: 'http://127.0.0.1:9002', models: ['small'] },
  ],
};

describe('a command', () => {
  test('its placeholders are filled in; braces of a shell are left alone', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
    const command = 'x --port {port} --to {backends} -c {config} -w {workers} -m {max_conc} ${HOME} ${port} {A} {1..3}';
    expect(placeholdersOf('--router-cmd', command)).toEqual(['port', 'backends', 'config', 'workers', 'max_conc']);
    expect(fill(command, values)).toBe(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell's
      'x --port 4000 --to http://127.0.0.1:9001,http://127.0.0.1:9002 -c /runs/x/router.yaml -w 2 -m 64 ${HOME} ${port} {A} {1..3}',
    );
  });
});

describe('a config', () => {
  const LITELLM = `model_list:
{{#backends}}
  - model_name: {{model}}
    litellm_params: { model: "openai/{{model}}", api_base: "{{url}}/v1", weight: {{weight}} }
{{/backends}}
port: {{port}}
`;
  test('has one entry a backend and model', () => {
    expect(render(LITELLM, values)).toBe(`model_list:
  - model_name: small
    litellm_params: { model: "openai/small", api_base: "http://127.0.0.1:9001/v1", weight: 3 }
  - model_name: large
    litellm_params: { model: "openai/large", api_base: "http://127.0.0.1:9001/v1", weight: 3 }
  - model_name: small
    litellm_params: { model: "openai/small", api_base: "http://127.0.0.1:9002/v1", weight: 1 }
port: 4000
`);
  });

  test('may list by model, as JSON too', () => {
    const text =
      '{ {{#models}}"{{model}}": [{{#backends}}"{{url}}"{{^last}},{{/last}}{{/backends}}]{{^last}}, {{/last}}{{/models}} }';
    expect(JSON.parse(render(text, values))).toEqual({
      small: ['http://127.0.0.1:9001', 'http://127.0.0.1:9002'],
      large: ['http://127.0.0.1:9001'],
    });
  });

  test('nothing is escaped', () => {
    const odd = { ...values, backends: [{ name: 'a&b', url: 'http://h/<"x\'>', models: ['m/1'] }] };
    expect(render('{{#backends}}{{name}} {{url}} {{model}}{{/backends}}', odd)).toBe('a&b http://h/<"x\'> m/1');
  });

  test('the names that it uses', () => {
    expect(namesOf('f', LITELLM)).toEqual(['backends', 'model', 'model', 'url', 'weight', 'port']);
    expect(namesOf('f', '{{! a remark }}{{#max_conc}}most: {{max_conc}}{{/max_conc}}')).toEqual([
      'max_conc',
      'max_conc',
    ]);
  });

  const wrong: [text: string, says: RegExp][] = [
    ['a\nb: {{prot}}', /^--router-config f:2: no {{prot}} here; allowed: port host workers max_conc backends models$/],
    ['{{url}}', /f:1: no {{url}} here/],
    ['{{#models}}{{url}}{{/models}}', /f:1: no {{url}} here; allowed: .* model backends last$/],
    ['{{#backends}}', /--router-config f: Unclosed section "backends"/],
    ['{{> other}}', /f:1: {{> other}} is another file/],
    ['{{config}}', /f:1: no {{config}} here/],
  ];
  test.each(wrong)('%s', (text, says) => expect(() => namesOf('f', text)).toThrow(says));
});
