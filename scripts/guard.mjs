// Runs a command that shall not outlive the one who asked for it: node guard.mjs [--log FILE] COMMAND ARGS…
// Its stdin is a pipe from that one. The kernel closes it when he dies, however he dies, and then everything that COMMAND
// has started goes too: SIGTERM, SIGKILL after 3 s. SIGINT is passed on and nothing else: k6 writes its summary then.
// Windows has neither groups nor signals: Ctrl-C reaches all of a console by itself, and taskkill ends COMMAND's tree.

import { spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';

const GRACE = 3000;
const WINDOWS = process.platform === 'win32';
const [log, command, ...args] =
  process.argv[2] === '--log' ? process.argv.slice(3) : [undefined, ...process.argv.slice(2)];
const out = log === undefined ? undefined : openSync(log, 'a');

// Those who leave the group can still be told by their environment, where there is /proc.
const id = randomUUID();
const MARK = `LLMLOAD_GUARD=${id}`;
// Before there is a child: a signal that nobody handles would leave it alone. Handlers run only after this module.
process.on('SIGINT', () => WINDOWS || send('SIGINT', group()));
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, end);
let ending = false;

const child = spawn(command, args, {
  stdio: ['ignore', out ?? 'inherit', out ?? 'inherit'],
  detached: !WINDOWS, // a group and a session of its own
  env: { ...process.env, LLMLOAD_GUARD: id },
});
let code;
child.on('error', (error) => {
  writeSync(out ?? 2, `${command}: ${error.message}\n`);
  process.exit(127);
});
child.on('exit', (status, signal) => {
  code = status ?? 128 + constants.signals[signal];
  end();
});
process.stdin.on('error', end).on('end', end).resume();

async function end() {
  if (ending) return;
  ending = true;
  const last = Date.now() + GRACE;
  for (let asked = false; left().length > 0 && Date.now() < last; asked = true) {
    if (!asked) send('SIGTERM', left());
    await wait(20);
  }
  // New ones may be born while the others are killed.
  for (let n = 0; n < 50 && left().length > 0; n++) {
    send('SIGKILL', left());
    await wait(20);
  }
  process.exit(code ?? 128 + constants.signals.SIGTERM);
}

/** Whom to kill: without /proc the whole group at once, as a negative pid. */
function left() {
  if (WINDOWS) return code === undefined ? [child.pid] : [];
  try {
    return readdirSync('/proc').filter(isOurs).map(Number);
  } catch {
    return group();
  }
}

function group() {
  try {
    process.kill(-child.pid, 0);
    return [-child.pid];
  } catch {
    return []; // nobody is in it any more
  }
}

function isOurs(pid) {
  if (!/^\d+$/.test(pid)) return false;
  try {
    const [state, , pgrp] = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1).split(' ');
    if (state === 'Z') return false; // dead, and nobody has asked how
    return Number(pgrp) === child.pid || readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(MARK);
  } catch {
    return false; // gone, or somebody else's
  }
}

function send(signal, pids) {
  for (const pid of pids) {
    try {
      if (WINDOWS) spawnSync('taskkill', ['/pid', String(pid), '/t', '/f']);
      else process.kill(pid, signal);
    } catch {} // gone already
  }
}
