import { Bad } from './bad.ts';

/** A name that k6 can have in the names of sub-metrics. @throws Bad */
export function modelName(model: string): string {
  if (/[,{}]/.test(model)) throw new Bad('k6 cannot name its metrics after this model', 'a name without , { }');
  return model;
}
