import { type CompleteSoon, createClient, driverFor, type Order } from './client/client.ts';
import type { Completion } from './completion.ts';
import { onlyModel } from './probe.ts';
import type { Definition } from './run.ts';
import type { CommonSettings } from './settings/settings.ts';
import type { Soon } from './soon.ts';

/** A server under load, and who asks it. */
export interface Server {
  /** Where there are several. */
  name?: string;
  /** The run's, with this server's address. */
  settings: CommonSettings;
  send: CompleteSoon;
}

/** What a test loads. */
export interface Servers {
  /** Each once. */
  servers: readonly Server[];
  /** Sends an order to the server that a scenario loads. */
  send: (order: Order, scenario: string) => Soon<Completion>;
  /** The name of the server that a scenario loads, where there are several. */
  serverOf: (scenario: string) => string | undefined;
  /** The model to ask for where MODEL is not set. @throws Error */
  onlyModel: () => string;
}

/** The server of BASE_URL. Call in the init context. */
export function oneServer(definition: Definition): Servers {
  const { settings } = definition;
  const send = createClient(settings, driverFor(settings.driver), definition);
  return {
    servers: [{ settings, send }],
    send,
    serverOf: () => undefined,
    onlyModel: () => onlyModel(settings, definition),
  };
}
