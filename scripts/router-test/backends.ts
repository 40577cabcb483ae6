/** A backend of the test, as a router's config has it. */
export interface Backend {
  name: string;
  /** Without a closing slash or /v1. */
  url: string;
  models: readonly string[];
  /** Absent: none was asked for. */
  weight?: number;
}

/** ROUTES: every backend of every model. */
export const routesOf = (backends: readonly Backend[]): string =>
  backends
    .flatMap(({ name, models, weight }) =>
      models.map((model) => `${model}>${name}${weight === undefined ? '' : `*${weight}`}`),
    )
    .join(',');

/** A config as `llmload router --config` reads it. */
export const configOf = (backends: readonly Backend[]): string => JSON.stringify({ backends });
