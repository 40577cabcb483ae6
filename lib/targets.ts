import { createClient, driverFor } from './client/client.ts';
import { onlyModel } from './probe.ts';
import type { Definition } from './run.ts';
import type { Server, Servers } from './servers.ts';
import type { Target } from './settings/targets.ts';

/** @param targets by scenario, that of a warm-up included: the server that it loads */
export const openTargets =
  (targets: Readonly<Record<string, Target>>) =>
  (definition: Definition): Servers => {
    const { settings } = definition;
    const driver = driverFor(settings.driver);
    const byName: Record<string, Server> = {};
    const byScenario: Record<string, Server> = {};
    for (const [scenario, { name, url }] of Object.entries(targets)) {
      const own = { ...settings, baseUrl: url };
      byName[name] ??= { name, settings: own, send: createClient(own, driver, definition) };
      byScenario[scenario] = byName[name];
    }
    const servers = Object.values(byName);
    return {
      servers,
      send: (order, scenario) => (byScenario[scenario] as Server).send(order),
      serverOf: (scenario) => byScenario[scenario]?.name,
      onlyModel: () => modelOfAll(servers, definition),
    };
  };

function modelOfAll(servers: readonly Server[], definition: Definition): string {
  const models = servers.map((server) => onlyModel(server.settings, definition));
  const [model = ''] = models;
  if (models.every((other) => other === model)) return model;
  const each = servers.map((server, k) => `${server.name} has ${models[k]}`).join(', ');
  throw new Error(`MODEL is not set, and ${each}; allowed: a model that all have`);
}
