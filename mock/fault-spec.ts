import { FAULTS, type Fault } from './faults.ts';
import type { Random } from './random.ts';

/** A fault as somebody asked for it: `name[=value][@share]`. */
export interface FaultSpec {
  fault: Fault;
  /** Absent = the fault's own default. */
  value?: number;
  /** Probability that it strikes, 0 to 1. */
  share: number;
  /** `name[=value]`, for the truth log. */
  label: string;
}

/** Between a model's name and a fault (`mock~reset=3`): never part of a model's name, plain to shells, URLs and k6 tags. */
export const MODEL_FAULT_SEPARATOR = '~';

/** @throws Error with one line that says what is allowed. */
export function parseFault(text: string): FaultSpec {
  const [, name = '', value, share] = /^([^=@]*)(?:=([^@]*))?(?:@(.*))?$/.exec(text.trim()) ?? [];
  const fault = FAULTS.find((row) => row.name === name);
  if (fault === undefined) {
    throw new Error(
      `fault "${text}": want name[=value][@share], name one of ${FAULTS.map((row) => row.name).join(', ')}`,
    );
  }
  return {
    fault,
    label: value === undefined ? name : `${name}=${value}`,
    share: share === undefined ? 1 : parseShare(text, share),
    ...(value === undefined ? {} : { value: parseValue(text, fault, value) }),
  };
}

function parseValue(text: string, fault: Fault, value: string): number {
  if (fault.value === undefined) throw new Error(`fault "${text}": ${fault.name} takes no value`);
  const { unit, min, max } = fault.value;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  if (Number.isInteger(number) && number >= min && number <= max) return number;
  throw new Error(`fault "${text}": the value must be an integer from ${min} to ${max} (${unit})`);
}

function parseShare(text: string, share: string): number {
  const number = share.trim() === '' ? Number.NaN : Number(share);
  if (number >= 0 && number <= 1) return number;
  throw new Error(`fault "${text}": the share after @ must be a number from 0 to 1`);
}

/** The model a name stands for, and the fault it asks for, if it does. */
export function splitModelName(name: string): { model: string; fault?: string } {
  const at = name.lastIndexOf(MODEL_FAULT_SEPARATOR);
  return at <= 0 ? { model: name } : { model: name.slice(0, at), fault: name.slice(at + 1) };
}

/** Whether the fault strikes this request. */
export function strikes(spec: FaultSpec, random: Random): boolean {
  return spec.fault.name !== 'none' && random() < spec.share;
}
