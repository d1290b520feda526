/** The check-up, and the local exchange as a command of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished } from 'vitest';

import type { Command } from '../../../src/cli/shell/command.ts';
import { doctorCommand } from '../../../src/cli/data/doctor.ts';
import { parseOptions } from '../../../src/cli/shell/parse.ts';
import { venueCommand } from '../../../src/cli/venue/venue.ts';
import { systemRuntime } from '../../../src/core/index.ts';
import { localExchange } from '../../venue/local.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'nextbar-doctor-'));
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true });
  });
  return path;
}

function call(command: Command, args: string[], onText: (text: string) => void): Promise<number> {
  return command.run(parseOptions(command, args), {
    stdout: { write: onText },
    stderr: { write: () => true },
    env: {},
    runtime: systemRuntime,
    leaveInterrupts: async () => {},
    onBrokenOutput: () => {},
  });
}

describe('nextbar doctor', () => {
  it('finds markets, and a clock that is apart', async () => {
    let text = '';
    const { url } = await localExchange();
    const code = await call(
      doctorCommand,
      ['binance', '--url', url, '--folder', folder(), '--rate-limit', '0'],
      (piece) => {
        text += piece;
      },
    );
    expect(code).toBe(1);
    expect(text).toMatch(/ok +node +\d+\.\d+/);
    expect(text).toMatch(/ok +bar store .* can be written, 0 series, 0 bars/);
    expect(text).toMatch(/ok +binance markets +3 in \d+ ms/);
    expect(text).toMatch(/FAILED +binance clock +this machine's clock is \d+ ms ahead: set it by NTP/);
    expect(text).toMatch(/ok +binance account +no key set: public data only/);
  });

  it('says that an exchange cannot be reached', async () => {
    const { url, server } = await localExchange();
    await server.close();
    let text = '';
    const args = ['binance', '--url', url, '--folder', folder(), '--json'];
    expect(await call(doctorCommand, args, (piece) => (text += piece))).toBe(1);
    const findings = JSON.parse(text) as { what: string; ok: boolean; text: string }[];
    expect(findings.find(({ what }) => what === 'binance markets')).toMatchObject({
      ok: false,
      text: expect.stringMatching(/binance could not load markets: .*ECONNREFUSED/) as string,
    });
  });
});

it('nextbar venue serves what was asked for, and says where', async () => {
  const said = new Promise<string>((resolve, reject) => {
    const args = ['--port', '0', '--days', '2', '--symbol', 'SOL/USDT', '--now', '2024-02-01', '--fault', 'web-page'];
    call(venueCommand, args, resolve).catch(reject);
  });
  const url = /http:\S+\d/.exec(await said)![0];
  const ask = async (path: string): Promise<string> => (await fetch(`${url}${path}`)).text();
  expect(await ask('/api/v3/time')).toMatch(/<!DOCTYPE html>/);
  expect(JSON.parse(await ask('/api/v3/time'))).toEqual({ serverTime: Date.UTC(2024, 1, 1) });
  expect(JSON.parse(await ask('/api/v3/klines?symbol=SOLUSDT&interval=1h&limit=3'))).toHaveLength(3);
});
