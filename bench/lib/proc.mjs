// What Linux says of a process. On other systems the figures are missing, not wrong.
import { readFileSync } from 'node:fs';
import { loadavg, platform } from 'node:os';

/** CPU seconds a process has used so far; NaN where /proc is missing. Resolution 10 ms. */
export function cpuSeconds(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

const statusMiB = (pid, field) => {
  try {
    return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
  } catch {
    return Number.NaN;
  }
};

/** Resident memory of a process in MiB, now and the most it ever had; NaN where /proc is missing. */
export const rssMiB = (pid) => statusMiB(pid, 'VmRSS');
export const peakMiB = (pid) => statusMiB(pid, 'VmHWM');

/** A busy machine measures its other programs: say so before the figures. */
export function warnIfBusy() {
  if (platform() !== 'linux') console.log('note: not Linux; programs are not pinned and CPU and memory are not read.');
  const [load] = loadavg();
  if (load > 0.5)
    console.log(`note: load average ${load.toFixed(1)} before the start; close other programs for good figures.`);
}
