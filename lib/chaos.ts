import { sleep } from 'k6';
import type { FaultNote } from './analysis/chaos/result.ts';
import { at, errorText, oneLine } from './api/api.ts';
import { parse } from './client/frames.ts';
import { native } from './client/native.ts';
import { faultBegun, faultsNoted, noteBegun } from './faults.ts';
import { type ChaosSettings, HOOK_TIMEOUT } from './load/chaos.ts';
import { emit, register } from './metrics.ts';
import { mask, piecesOf } from './secrets.ts';

/** What a hook said of what it did; or why it could not. */
type Said = { at?: number; name?: string } | { error: string };

/** What makes a fault and undoes it while the load runs, besides what every scenario does. */
export interface Faults {
  /** The scenario `fault`, one iteration: makes the fault, waits, undoes it. */
  fault: () => void;
  /** Undoes it unless that was noted as done, or it was never begun: for teardown, which k6 runs whatever ended the load. */
  undo: () => void;
  /** What to tell the user before the load. */
  warnings: () => string[];
}

/** Call in the init context. The addresses are secrets: they are in nothing that is printed, kept or tagged. */
export function faultsBy(settings: ChaosSettings & { fault: string | undefined }): Faults {
  const { chaosInjectUrl, chaosRestoreUrl, spike, injectAt, restoreAt } = settings;
  // Any VU may be the one that makes the fault.
  register(['llm_slo_failed']);
  const http = require('k6/http') as typeof import('k6/http').default;
  const now = native?.now ?? Date.now;
  const secrets = piecesOf([chaosInjectUrl, chaosRestoreUrl]);
  const usual = settings.fault ?? (spike === undefined ? 'fault' : `${spike}× load`);

  /** POST. With `throw`, since k6's own warning of a request that failed holds the address. */
  function call(url: string, name: string): Said {
    try {
      const tags = { name, phase: 'warmup' };
      const { status, body } = http.post(url, null, {
        tags,
        timeout: HOOK_TIMEOUT,
        redirects: 0,
        responseType: 'text',
        throw: true,
      } as import('k6/http').RefinedParams<'text'>);
      const answer = parse(body ?? '') ?? body ?? '';
      if (status < 200 || status >= 300)
        return { error: oneLine(`HTTP ${status}: ${mask(errorText(answer), secrets) || 'no text'}`) };
      const [when, called] = [at(answer, 'at'), at(answer, 'name')];
      return {
        ...(typeof when === 'number' && { at: when }),
        ...(typeof called === 'string' && called !== '' && { name: oneLine(mask(called, secrets)) }),
      };
    } catch (e) {
      // `Post "http://…": dial tcp 127.0.0.1:9: connect: connection refused`: only its end is free of the address.
      const why =
        String(e instanceof Error ? e.message : e)
          .split(': ')
          .at(-1) ?? '';
      return { error: oneLine(mask(why, secrets)) };
    }
  }

  function note(did: FaultNote['did'], asked: number, { name = usual, ...said }: Partial<FaultNote>): void {
    native?.note(JSON.stringify({ kind: 'fault', did, name, asked, ...said } satisfies FaultNote));
  }

  /** What it is called, where it was done. */
  function make(url: string): string | undefined {
    const asked = now();
    const said = call(url, 'inject');
    note('inject', asked, said);
    if (!('error' in said)) return said.name ?? usual;
    console.warn(`the fault was not made, and the run ends: CHAOS_INJECT_URL: ${said.error}`);
    // Its threshold ends the run in order: with results, and with the exit code of a gate that failed.
    emit({ llm_slo_failed: 1 }, {});
    return undefined;
  }

  function restore(url: string, name: string): void {
    const asked = now();
    const said = call(url, 'restore');
    note('restore', asked, { ...said, name });
    if ('error' in said) console.warn(`the fault was not undone: CHAOS_RESTORE_URL: ${said.error}`);
  }

  return {
    fault() {
      noteBegun(); // before anything is asked: a hook that is cut short may have made it
      const began = native ? native.place().startTime : now();
      const ends = began + restoreAt - injectAt;
      /** False where the run was stopped meanwhile: k6 ends the sleep, and teardown undoes the fault. */
      const over = () => {
        sleep(Math.max(0, ends - now()) / 1000);
        return now() >= ends - 1;
      };
      if (chaosInjectUrl === undefined) {
        note('inject', began, { at: began });
        if (over()) note('restore', ends, { at: ends });
        return;
      }
      const name = make(chaosInjectUrl);
      if (name !== undefined && chaosRestoreUrl !== undefined && over()) restore(chaosRestoreUrl, name);
    },
    undo() {
      if (chaosRestoreUrl === undefined || !faultBegun()) return;
      const noted = faultsNoted();
      if (noted.some(({ did, error }) => did === 'restore' && error === undefined)) return;
      restore(chaosRestoreUrl, noted[0]?.name ?? usual);
    },
    warnings: () => [
      ...(chaosInjectUrl !== undefined && chaosRestoreUrl === undefined
        ? ['CHAOS_RESTORE_URL is not set: nothing undoes the fault; by RESTORE_AT it should have healed by itself']
        : []),
      ...(native ? [] : ['what a fault did is judged from records, which only bin/k6 keeps: this run cannot pass']),
    ],
  };
}
