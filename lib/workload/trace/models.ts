import { SettingsError } from '../../settings/parse.ts';

interface ModelSettings {
  modelMap: Readonly<Record<string, string>> | undefined;
  model: string | undefined;
}

/**
 * The model to ask for in place of each that the trace names: MODEL_MAP's, else MODEL, else the same.
 * @throws SettingsError where MODEL_MAP and the trace do not fit together, or k6 cannot name a metric after a model
 */
export function askedModels(names: readonly string[], { modelMap, model }: ModelSettings): Record<string, string> {
  const refuse = (wrong: string, allowed: string) =>
    new SettingsError(
      'MODEL_MAP',
      Object.entries(modelMap ?? {})
        .map((pair) => pair.join('='))
        .join(','),
      wrong,
      allowed,
    );
  const known = names.length > 0 ? names.join(', ') : 'none: the trace names no models, MODEL says which to ask for';
  for (const name of Object.keys(modelMap ?? {}))
    if (!names.includes(name)) throw refuse(`"${name}" is no model of the trace`, known);
  return Object.fromEntries(
    names.map((name) => {
      const asked = modelMap?.[name] ?? model ?? (modelMap ? undefined : name);
      if (asked === undefined)
        throw refuse(
          `says nothing of "${name}", and MODEL is not set`,
          `a pair for each of ${known}; or MODEL for the others`,
        );
      if (/[,{}]/.test(asked))
        throw refuse(`k6 cannot name its metrics after "${asked}"`, `${name}=a name without , { }`);
      return [name, asked];
    }),
  );
}
