/**
 * A watchdog in a thread of its own: it notices a strategy that never returns, writes down the open orders, and makes Ctrl-C work again.
 */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

import type { Runtime, Timer } from '../../core/index.ts';

/** How often the main thread shows that it is alive. */
const beatMs = 250;
/** The most that one interval of the watchdog, which looks every 200 ms, adds to the silence, in milliseconds. */
const longestTickMs = 1_000;

/** Options of the watchdog. */
export interface WatchdogOptions {
  /** Folder of the session: the file `hung.json` is written there. */
  readonly folder: string;
  readonly session: string;
  /** The session's intents, in which its open orders are found; undefined on paper. */
  readonly intents: string | undefined;
  /** After this silence of the main thread, in milliseconds, the session counts as hung. */
  readonly hungMs: number;
  /** After this silence, in milliseconds, the process is killed. */
  readonly limitMs: number;
  /** Called when the main thread was hung and has returned. */
  readonly onReturn: () => void;
}

/**
 * Starts the watchdog.
 *
 * Node runs no signal handler while the main thread is busy, so Ctrl-C would never have an effect. When the session counts as hung, the
 * watchdog removes the handlers on the main thread through the inspector, which reaches a busy one: the next Ctrl-C kills the process.
 *
 * @returns A function that ends it.
 */
export function startWatchdog(options: WatchdogOptions, runtime: Runtime): () => Promise<void> {
  const { folder, session, intents, hungMs, limitMs, onReturn } = options;
  const beats = new Int32Array(new SharedArrayBuffer(4));
  let last = runtime.elapsed();
  const timer: Timer = runtime.every(beatMs, () => {
    const now = runtime.elapsed();
    if (now - last > hungMs) onReturn();
    last = now;
    Atomics.add(beats, 0, 1);
  });
  const workerData = {
    beats,
    file: join(folder, 'hung.json'),
    session,
    intents,
    hungMs,
    limitMs,
    base: import.meta.url,
    // The session's clock: the thread adds the time that has passed since.
    started: runtime.now(),
  };
  const worker = new Worker(program, { eval: true, workerData, stdin: false });
  worker.unref();
  // A failing watchdog must not end the session that it guards.
  worker.on('error', () => {});
  return async () => {
    timer.cancel();
    await worker.terminate();
  };
}

/** The thread's program: plain text, since a bundle has no file of it. Only Node's own modules and SQLite are used. */
const program = `
const { workerData } = require('node:worker_threads');
const { createRequire } = require('node:module');
const { writeFileSync, writeSync, renameSync, rmSync } = require('node:fs');
const { Session } = require('node:inspector');
const { beats, file, session, intents, hungMs, limitMs, base, started } = workerData;
const startedAt = performance.now();
let seen = -1, last = performance.now(), silence = 0, isHung = false;

// A closed terminal or pipe must not end the watchdog.
function say(text) { try { writeSync(2, text + '\\n'); } catch {} }

function openOrders() {
  if (intents === undefined) return [];
  let db;
  try {
    let Database;
    try { Database = createRequire(base)('better-sqlite3'); db = new Database(intents, { readonly: true }); }
    catch { db = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(intents, { readOnly: true }); }
    const rows = db.prepare("SELECT request, time, state FROM intents WHERE session = ? AND state IN ('written', 'accepted')").all(session);
    return rows.map((row) => ({ ...JSON.parse(row.request), time: Math.floor(row.time), state: row.state }));
  } catch (error) { return [{ error: String(error && error.message) }]; }
  finally { try { db && db.close(); } catch {} }
}

function note(silence, killed) {
  const orders = openOrders();
  const facts = { session, pid: process.pid, time: Math.floor(started + performance.now() - startedAt), silentMs: Math.round(silence), killed, openOrders: orders };
  try { writeFileSync(file + '.tmp', JSON.stringify(facts, undefined, 2) + '\\n'); renameSync(file + '.tmp', file); }
  catch (error) { say('cannot write ' + file + ': ' + error.message); }
  return orders.length;
}

setInterval(() => {
  const now = performance.now(), beat = Atomics.load(beats, 0);
  // A process that was stopped, as by Ctrl-Z, was silent without hanging: of that time this thread has seen nothing.
  silence += Math.min(now - last, ${longestTickMs});
  last = now;
  if (beat !== seen) {
    seen = beat; silence = 0;
    if (isHung) { isHung = false; try { rmSync(file, { force: true }); } catch {} }
    return;
  }
  if (silence >= hungMs && !isHung) {
    isHung = true;
    const count = note(silence, false);
    say('\\nthe strategy has not returned for ' + Math.round(silence / 1000) + ' s: ' + count + ' open orders are listed in ' + file +
      '; Ctrl-C kills the process, otherwise it is killed after ' + Math.round(limitMs / 1000) + ' s');
    const inspector = new Session();
    inspector.connectToMainThread();
    inspector.post('Runtime.evaluate', { expression: "for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name)" }, () => inspector.disconnect());
  }
  if (silence >= limitMs) { note(silence, true); process.kill(process.pid, 'SIGKILL'); }
}, 200);
`;
