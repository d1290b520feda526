/** Alerts: told to every channel in its form, by template, limited by rate, and never with a secret; commands come from listed chats only. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { Alerts, alertsSchema, type AlertsConfig } from '../../../src/cli/alerts/alerts.ts';
import { ChatCommands } from '../../../src/cli/alerts/chat-commands.ts';
import { SimulatedRuntime, systemRuntime } from '../../../src/core/index.ts';

const token = '1234:SECRET';
let server: Server;
let url = '';
let status = 200;
let got: { path: string; body: Record<string, unknown> }[] = [];
let updates: object[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      if (path.endsWith('/getUpdates')) {
        response.end(JSON.stringify({ ok: true, result: updates.splice(0) }));
        return;
      }
      got.push({ path, body: JSON.parse(text) as Record<string, unknown> });
      response.statusCode = status;
      response.end('{"ok":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  status = 200;
  got = [];
});

const config = (given: object): AlertsConfig => alertsSchema.parse(given);

describe('an alert', () => {
  it('reaches every channel in its own form, in the words of its template', async () => {
    const channels = [{ webhook: `${url}/hook` }, { discord: `${url}/discord` }, { telegram: { token, chats: [7, 8], api: url } }]; // prettier-ignore
    const alerts = new Alerts(config({ channels, templates: { fill: '{side} of {size} at {price}, {nothing}' } }), 'one', systemRuntime, () => {}); // prettier-ignore
    alerts.tell('fill', { side: 'buy', size: '2', price: '100.5' });
    alerts.tell('message', { text: 'not asked for' });
    await alerts.close();
    const text = 'buy of 2 at 100.5, -';
    expect(got.find(({ path }) => path === '/hook')?.body).toMatchObject({ kind: 'fill', session: 'one', text });
    expect(got.find(({ path }) => path === '/discord')?.body).toMatchObject({ content: text, allowed_mentions: { parse: [] } }); // prettier-ignore
    const sent = got.filter(({ path }) => path === `/bot${token}/sendMessage`).map(({ body }) => body['chat_id']);
    expect(sent.sort()).toEqual([7, 8]);
    expect(got).toHaveLength(4);
  });

  it('beyond the rate is counted in the next one, but an end is always told', async () => {
    const runtime = new SimulatedRuntime(1, 0);
    const alerts = new Alerts(config({ channels: [{ webhook: `${url}/hook` }], perMinute: 2 }), 'one', runtime, () => {}); // prettier-ignore
    for (let k = 0; k < 5; k++) alerts.tell('fill', { side: 'buy' });
    alerts.tell('end', { reason: 'it was told to' });
    await expect.poll(() => got.length).toBe(3);
    expect(got.at(-1)!.body['text']).toBe(
      'one has ended: it was told to; equity -\n(3 alerts before this one were held back)',
    );
  });

  it('that cannot be delivered is said without its address or token', async () => {
    status = 403;
    const said: string[] = [];
    const channels = [
      { telegram: { token, chats: ['7'], api: url } },
      { webhook: 'http://127.0.0.1:9/hook?key=SECRET' },
    ];
    const runtime = { ...systemRuntime, sleep: () => Promise.resolve(), now: () => 0, elapsed: () => 0 };
    const alerts = new Alerts(config({ channels }), 'one', runtime, (text) => said.push(text));
    alerts.tell('error', { reason: 'a test' });
    await expect.poll(() => said.length, { timeout: 30_000 }).toBe(2);
    expect(said.join()).not.toContain('SECRET');
    expect(said.sort()[0]).toBe('an alert was not delivered: telegram answered 403');
  });
});

describe('a file of alerts', () => {
  it('with a channel, a kind or a time that is none is refused', () => {
    expect(() => config({ channels: [] })).toThrow();
    expect(() => config({ channels: [{ pager: 'x' }] })).toThrow();
    expect(() => config({ channels: [{ webhook: url }], on: ['fils'] })).toThrow();
    expect(() => config({ channels: [{ webhook: url }], daily: '25:00' })).toThrow();
  });
});

describe('a command from a chat', () => {
  it('is obeyed where the chat is listed, and not answered where it is not', async () => {
    const asked: string[] = [];
    const now = Math.floor(systemRuntime.now() / 1000) + 5;
    const from = (id: number, text: string, date = now) => ({ update_id: updates.length + 1, message: { chat: { id }, date, text } }); // prettier-ignore
    updates = [];
    updates.push(from(7, '/flatten@mybot the news'));
    updates.push(from(66, '/flatten'));
    updates.push(from(7, '/flatten too late', now - 100_000));
    updates.push(from(7, '/toString'));
    const acts = { flatten: (reason: string) => (asked.push(reason), 'done') };
    const chats = new ChatCommands({ token, chats: ['7'], api: url }, systemRuntime, acts, () => {});
    chats.start();
    await expect.poll(() => got.length).toBe(2);
    chats.stop();
    expect(asked).toEqual(['the news']);
    expect(got.map(({ body }) => body)).toEqual([
      { chat_id: 7, text: 'done' },
      { chat_id: 7, text: 'known: flatten' },
    ]);
  });
});
