/** Whether somebody wants it to end: Ctrl-C is noted, and obeyed when what is under way has been kept. */
export interface Stop {
  asked: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `work` while signals are only noted. */
export async function untilStopped<T>(work: (stop: Stop) => Promise<T>): Promise<T> {
  const stop: Stop = { asked: false };
  const note = () => {
    stop.asked = true;
  };
  for (const signal of SIGNALS) process.on(signal, note);
  try {
    return await work(stop);
  } finally {
    for (const signal of SIGNALS) process.off(signal, note);
  }
}
