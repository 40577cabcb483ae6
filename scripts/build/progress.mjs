// Says that something long is still going on: one rewritten line in a terminal, a line every ten seconds elsewhere.

const seconds = (since) => Math.round((Date.now() - since) / 1000);

/**
 * Waits for `work` and tells how long it takes, on stderr.
 * @template T
 * @param {string} what as in "building bin/k6"
 * @param {Promise<T>} work
 * @param {{ stream?: NodeJS.WriteStream, every?: number }} [options]
 * @returns {Promise<T>}
 */
export async function withProgress(what, work, { stream = process.stderr, every = 10_000 } = {}) {
  const since = Date.now();
  const terminal = stream.isTTY === true;
  const tell = () =>
    stream.write(terminal ? `\r\x1b[K${what} … ${seconds(since)} s` : `${what} … ${seconds(since)} s\n`);
  if (terminal) tell();
  else stream.write(`${what} …\n`);
  const timer = setInterval(tell, terminal ? 1000 : every);
  try {
    const result = await work;
    stream.write(`${terminal ? '\r\x1b[K' : ''}${what}: done in ${seconds(since)} s\n`);
    return result;
  } catch (error) {
    if (terminal) stream.write('\n');
    throw error;
  } finally {
    clearInterval(timer);
  }
}
