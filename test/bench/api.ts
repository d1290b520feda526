/** The HTTP API: bars as JSON and as Arrow, in requests and bytes for each second of the server's processor time, and how long answers take. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { rounded } from './ground/clock.ts';

const script = fileURLToPath(new URL('ground/api-server.ts', import.meta.url));
/** Answers that are measured as fast as they come, and at an even pace. */
const [rounds, pacedAnswers, pacedEachSecond] = [4_000, 1_000, 200];

/** Measures it. */
export async function measure(say: (line: string) => void): Promise<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'nextbar-api-'));
  const profile = process.env['API_PROFILE'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${process.env['API_PROFILE']}`]; // prettier-ignore
  const args = [...profile, '--conditions=source', '--import', import.meta.resolve('tsx'), script, folder];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const next = async (): Promise<unknown> => JSON.parse(((await once(lines, 'line')) as [string])[0]);
  const used = async (): Promise<number> => {
    child.stdin.write('\n');
    const { user, system } = (await next()) as NodeJS.CpuUsage;
    return (user + system) / 1e6;
  };
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  try {
    const { url, token, start } = (await next()) as { readonly url: string; readonly token: string; readonly start: number }; // prettier-ignore
    const headers = { authorization: `Bearer ${token}` };
    const ask = (limit: number, format: string, k: number): Promise<number> => {
      // Eight questions by turns, as of a chart that several people look at.
      const from = start + (k % 8) * 60_000 * 1_000;
      return new Promise((done, fail) => {
        request(`${url}/v1/bars?exchange=binance&symbol=BTC/USDT&timeframe=1m&start=${from}&limit=${limit}&format=${format}`, { agent, headers }, (response) => {
          let bytes = 0;
          response.on('data', (part: Buffer) => (bytes += part.length));
          response.on('end', () => {
            if (response.statusCode === 200) done(bytes);
            else fail(new Error(`the server answered with ${String(response.statusCode)}`));
          });
        }).on('error', fail).end();
      }); // prettier-ignore
    };
    const fast = async (count: number, limit: number, format: string): Promise<{ readonly seconds: number; readonly bytes: number }> => {
      const before = await used();
      let [asked, bytes] = [0, 0];
      await Promise.all(Array.from({ length: 16 }, async () => {
        while (asked < count) {
            const part = await ask(limit, format, asked++);
            bytes += part;
          }
      }));
      return { seconds: (await used()) - before, bytes };
    }; // prettier-ignore
    await fast(1_500, 1_000, 'json');
    const json = await fast(rounds, 1_000, 'json');
    await fast(50, 40_000, 'arrow');
    const arrow = await fast(200, 40_000, 'arrow');
    const times: number[] = [];
    await Promise.all(Array.from({ length: pacedAnswers }, async (_, k) => {
      await new Promise((done) => setTimeout(done, (k * 1_000) / pacedEachSecond));
      const started = performance.now();
      await ask(1_000, 'json', k);
      times.push(performance.now() - started);
    })); // prettier-ignore
    times.sort((a, b) => a - b);
    const at = (share: number): number => rounded(times[Math.floor((times.length - 1) * share)]!, 1);
    const found = {
      requestsPerSecond: rounded(rounds / json.seconds, 0),
      jsonMBPerSecond: rounded(json.bytes / 1e6 / json.seconds, 0),
      arrowMBPerSecond: rounded(arrow.bytes / 1e6 / arrow.seconds, 0),
      medianMs: at(0.5),
      p99Ms: at(0.99),
    };
    say(`api  1,000 bars as JSON ${found.requestsPerSecond} requests in a second of the server's processor time (${found.jsonMBPerSecond} MB), Arrow ${found.arrowMBPerSecond} MB; at ${pacedEachSecond} requests a second ${found.medianMs} ms (median), ${found.p99Ms} ms (p99)`); // prettier-ignore
    return { api: found };
  } finally {
    agent.destroy();
    child.kill('SIGINT');
    if (profile.length > 0) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}
