import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';

export const schema = JSON.parse(readFileSync(new URL('../../docs/results.schema.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({
  allErrors: true,
  allowUnionTypes: true,
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/ },
}).compile(schema);

/** What a reader of the file gets: JSON turns NaN and Infinity into null. */
export const errorsOf = (results: object): string[] => {
  validate(JSON.parse(JSON.stringify(results)));
  return (validate.errors ?? []).map((e) => `${e.instancePath} ${e.message}`);
};
