// A stage of `npm test`: a command, or several one after the other, with its time, its output kept for when it fails.
import { spawn } from 'node:child_process';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

export class Board {
  /** @type {Counts} */
  counts = { passed: 0, failed: 0, skipped: 0 };
  failed = [];
  #running = new Map();
  #since = Date.now();
  #timer;

  /** Long stages say that they are still there. */
  start() {
    this.#timer = setInterval(() => {
      const names = [...this.#running].map(([name, since]) => `${name} ${seconds(since)} s`);
      if (names.length > 0) console.log(`  … ${names.join(', ')}`);
    }, 30_000);
  }

  stop() {
    clearInterval(this.#timer);
  }

  seconds() {
    return seconds(this.#since);
  }

  /**
   * Runs `work`, which returns counts of tests, or nothing, or throws with what to show.
   * @param {string} name
   * @param {() => Promise<Counts | void>} work
   * @returns {Promise<boolean>} whether it passed
   */
  async stage(name, work) {
    const since = Date.now();
    this.#running.set(name, since);
    let counts = { passed: 0, failed: 0, skipped: 0 };
    let trouble;
    try {
      counts = (await work()) ?? counts;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      counts = error.counts ?? counts;
    }
    this.#running.delete(name);
    // What fails without a failed test (a compile error, lint) is one failure of its own.
    if (trouble !== undefined && counts.failed === 0) counts = { ...counts, failed: 1 };
    for (const key of Object.keys(this.counts)) this.counts[key] += counts[key];
    const total = counts.passed + counts.failed + counts.skipped;
    const tests = total > 0 && (counts.passed || counts.skipped) ? `, ${say(counts)}` : '';
    console.log(
      `${trouble === undefined ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - since) / 1000).toFixed(1)} s${tests})`,
    );
    if (trouble === undefined) return true;
    this.failed.push(name);
    console.log(indent(trouble));
    return false;
  }
}

const seconds = (since) => Math.round((Date.now() - since) / 1000);
const indent = (text) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => `     ${line}`)
    .join('\n');

/** As the closing line has it. @param {Counts} counts */
export const say = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

/** A stage that failed: what to show, and the tests that were counted. */
export class StageError extends Error {
  constructor(message, counts) {
    super(message);
    this.counts = counts;
  }
}

/**
 * Runs a command without stdin. @throws {StageError} with all of its output when it fails
 * @returns {Promise<string>} what it wrote to stdout
 */
export function command(name, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, all] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      all += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      all += text;
    });
    child.on('error', (error) => reject(new StageError(`${name}: ${error.message}`)));
    child.on('close', (code) => {
      if (code === 0) return resolve(stdout);
      reject(Object.assign(new StageError(`${name} ${args.join(' ')}: exit ${code}\n${all}`), { stdout }));
    });
  });
}
