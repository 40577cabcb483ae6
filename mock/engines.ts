import { BatchEngine } from './batch/engine.ts';
import type { Engine } from './engine.ts';
import { parseEngine } from './engine-spec.ts';
import type { Metrics } from './metrics/metrics.ts';
import { findModel, type Model, servedModels } from './models.ts';
import type { MockOptions } from './options.ts';
import { createPacedEngine } from './pace.ts';
import { createSteppedEngine } from './stepped.ts';
import type { Tempo } from './tempo.ts';

/** Who produces a model's tokens: a simulated engine of its own, or the plain one, whose slots all models share. */
export function createEngines(options: MockOptions, metrics: Metrics, tempo: Tempo): (model: Model) => Engine {
  const paced = createPacedEngine(options.slots, options.queue, tempo);
  const engines = new Map<string, Engine>();

  function create({ name, settings }: Model): Engine {
    if (settings.engine === '') return metrics.watched(name, paced);
    const spec = parseEngine(settings.engine);
    const batch = new BatchEngine(spec.settings, tempo);
    return metrics.watched(
      name,
      createSteppedEngine(batch, options.queue, metrics.simulated(name, spec, batch)),
      batch,
    );
  }

  function engineOf(model: Model): Engine {
    let engine = engines.get(model.name);
    if (engine === undefined) {
      engine = create(model);
      engines.set(model.name, engine);
    }
    return engine;
  }

  // Their metrics are there before their first request.
  for (const name of servedModels(options)) engineOf(findModel(options, name) as Model);
  return engineOf;
}
