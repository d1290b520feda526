/** Keys of the terminal view, and keys of an account from the keyring of the system. */
import { EventEmitter } from 'node:events';

import { describe, expect, it } from 'vitest';

import { listenToKeys, type KeyInput } from '../../../src/cli/live/terminal/keys.ts';
import { systemKeyring } from '../../../src/connectors/ccxt/keyring.ts';
import { SimulatedRuntime } from '../../../src/core/index.ts';
import type { SessionControl } from '../../../src/engine/index.ts';

class Terminal extends EventEmitter implements KeyInput {
  readonly isTTY = true;
  isRaw = false;

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }
  resume(): void {}
  pause(): void {}
}

describe('a key of the terminal view', () => {
  it('pauses and resumes at once, flattens and stops when it is pressed twice within 3 seconds', () => {
    const runtime = new SimulatedRuntime(1);
    const terminal = new Terminal();
    const [asked, told]: [string[], string[]] = [[], []];
    const act = (name: string) => () => void asked.push(name);
    const control = { pause: act('pause'), resume: act('resume'), flatten: act('flatten'), stop: act('stop') };
    const release = listenToKeys(terminal, {
      runtime,
      control: () => control as unknown as SessionControl,
      tell: (text) => told.push(text),
      interrupt: act('interrupt'),
    });
    expect(terminal.isRaw).toBe(true);
    for (const key of ['p', 'r', 'x', 'f', 's', 's']) terminal.emit('data', Buffer.from(key));
    expect(asked).toEqual(['pause', 'resume', 'stop']);
    expect(told).toEqual(['flatten? press f once more', 'stop? press s once more']);
    terminal.emit('data', 'f');
    runtime.advance(3_001);
    terminal.emit('data', 'F');
    expect(asked).toHaveLength(3);
    terminal.emit('data', 'f');
    terminal.emit('data', '\u0003');
    expect(asked.slice(3)).toEqual(['flatten', 'interrupt']);
    release();
    terminal.emit('data', 'p');
    expect([asked.length, terminal.isRaw]).toEqual([5, false]);
  });
});

describe('the keyring', () => {
  const ran: string[][] = [];
  const run = (answer: string | Error) =>
    ((program: string, args: string[]) => {
      ran.push([program, ...args]);
      if (answer instanceof Error) throw answer;
      return answer;
    }) as never;

  it('is read with the command of the system', () => {
    expect(systemKeyring('linux', run('a-secret\n'))('binance-sandbox-secret')).toBe('a-secret');
    expect(systemKeyring('darwin', run('a-secret\n'))('binance-live-apiKey')).toBe('a-secret');
    expect(ran).toEqual([
      ['secret-tool', 'lookup', 'service', 'nextbar', 'account', 'binance-sandbox-secret'],
      ['security', 'find-generic-password', '-s', 'nextbar', '-a', 'binance-live-apiKey', '-w'],
    ]);
  });

  it('has nothing where the command finds nothing, and says what to install where it is not there', () => {
    expect(systemKeyring('linux', run(new Error('exit 1: SECRET')))('binance-sandbox-secret')).toBeUndefined();
    const missing = Object.assign(new Error('spawn'), { code: 'ENOENT' });
    expect(() => systemKeyring('linux', run(missing))('x')).toThrow('apt-get install libsecret-tools');
    expect(() => systemKeyring('win32')).toThrow('the keyring of win32 cannot be read');
  });
});
