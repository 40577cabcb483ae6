import { Registry } from 'prom-client';
import type { BatchEngine } from '../batch/engine.ts';
import type { Engine } from '../engine.ts';
import type { EngineSpec } from '../engine-spec.ts';
import type { Link } from '../link.ts';
import type { StepEvents } from '../stepped.ts';
import { networkMetrics } from './network.ts';
import { requestMetrics } from './requests.ts';
import { simulationMetrics } from './simulation.ts';
import { watch } from './watch.ts';

/** What a mock says at /metrics: Prometheus text with the names of vLLM, of NVIDIA's dcgm-exporter and of node_exporter. */
export interface Metrics {
  contentType: string;
  text(): Promise<string>;
  /** A model's engine with all its requests counted; `batch`, where it has one, knows who runs and who waits. */
  watched(model: string, engine: Engine, batch?: BatchEngine): Engine;
  /** A model's simulated engine, to be told of its steps. */
  simulated(model: string, spec: EngineSpec, batch: BatchEngine): StepEvents;
  /** A slow link, to be read. */
  network(link: Link): void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const addModel = requestMetrics(registry);
  // What nobody simulates has no metrics at all.
  let addSimulation: ReturnType<typeof simulationMetrics> | undefined;
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    watched: (model, engine, batch) => watch(engine, addModel(model, batch)),
    simulated(model, spec, batch) {
      addSimulation ??= simulationMetrics(registry);
      return addSimulation(model, spec, batch);
    },
    network: (link) => networkMetrics(registry, link),
  };
}
