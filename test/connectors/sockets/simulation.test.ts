/** The simulated clock, and a short form of the long simulation. */
import { describe, expect, it } from 'vitest';

import { SimulatedNetwork, SimulatedRuntime } from '../../../src/core/index.ts';
import { soakStreams } from '../../soak/streams.ts';

describe('the simulated clock', () => {
  it('fires timers in the order of their times, ties in the order they were set', () => {
    const runtime = new SimulatedRuntime(1);
    const fired: string[] = [];
    runtime.after(20, () => fired.push(`b${runtime.elapsed()}`));
    runtime.after(10, () => {
      fired.push(`a${runtime.elapsed()}`);
      runtime.after(10, () => fired.push(`d${runtime.elapsed()}`));
    });
    runtime.after(20, () => fired.push(`c${runtime.elapsed()}`));
    runtime.advance(19);
    expect(fired).toEqual(['a10']);
    runtime.advance(1);
    expect(fired).toEqual(['a10', 'b20', 'c20', 'd20']);
  });

  it('repeats until canceled, also from within, and forgets what was canceled', () => {
    const runtime = new SimulatedRuntime(1);
    let count = 0;
    const timer = runtime.every(10, () => {
      if (++count === 3) timer.cancel();
    });
    runtime.after(5, () => (count += 100)).cancel();
    runtime.advance(100);
    expect(count).toBe(3);
    expect(runtime.pending).toBe(0);
  });

  it('wakes sleepers when promises may settle', async () => {
    const runtime = new SimulatedRuntime(1);
    let woke = 0;
    void (async () => {
      for (let i = 0; i < 3; i++) await runtime.sleep(10);
      woke = runtime.elapsed();
    })();
    await runtime.advanceAsync(100, () => new Promise((resolve) => setImmediate(resolve)));
    expect(woke).toBe(30);
  });
});

describe('the simulated network', () => {
  it('keeps the order of frames and delivers none after closing', () => {
    const runtime = new SimulatedRuntime(3);
    const network = new SimulatedNetwork(runtime, { minMs: 1, maxMs: 50 });
    const heard: string[] = [];
    network.serve('wss://a', {
      accept: (_url, socket) => {
        for (let i = 0; i < 20; i++) socket.send(String(i));
        return { frame: (text) => heard.push(`up ${text}`), closed: () => heard.push('up closed') };
      },
      request: (_request, answer) => {
        answer({ status: 200, text: 'ok', headers: {} });
      },
    });
    const got: string[] = [];
    const socket = network.connect('wss://a/x', {
      opened: () => {
        socket.send('hello');
      },
      frame: (data) => got.push(String(data)),
      closed: () => got.push('closed'),
    });
    runtime.advance(200);
    expect(got).toEqual(Array.from({ length: 20 }, (_, i) => String(i)));
    expect(heard).toEqual(['up hello']);
    socket.close();
    runtime.advance(200);
    expect(heard.at(-1)).toBe('up closed');
    expect(got).not.toContain('closed');
  });

  it('refuses where nobody serves', () => {
    const runtime = new SimulatedRuntime(3);
    const reasons: string[] = [];
    new SimulatedNetwork(runtime).connect('wss://nobody', {
      opened: () => {},
      frame: () => {},
      closed: (reason) => reasons.push(reason),
    });
    runtime.advance(100);
    expect(reasons).toEqual(['refused']);
  });
});

describe('the long simulation, in short', () => {
  it('ends with the venues’ books, every trade told once or told missing, and the same log twice', async () => {
    const result = await soakStreams(5, undefined, 30_000);
    expect(result.failures).toEqual([]);
    expect(Object.values(result.hits).filter((count) => count > 0).length).toBeGreaterThan(10);
    expect(result.reconnects).toBeGreaterThan(10);
  });
});
