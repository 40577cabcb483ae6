import { Bad } from './bad.ts';

/** A load zone of Grafana Cloud, and its share of the load. */
export interface Zone {
  loadZone: string;
  weight: number;
}

/** `amazon:us:ashburn:60,amazon:ie:dublin:40`; a zone without a weight has 1. */
export function parseZones(text: string): Zone[] {
  return text.split(',').map((part) => {
    const [, loadZone = '', weight = '1'] = /^\s*(.*?)(?::(\d+(?:\.\d+)?))?\s*$/.exec(part) ?? [];
    if (!/^[\w:-]+$/.test(loadZone) || !(Number(weight) > 0))
      throw new Bad(`"${part.trim()}" is no zone`, 'zones, as in amazon:us:ashburn:60,amazon:ie:dublin:40');
    return { loadZone, weight: Number(weight) };
  });
}
