/** Alerts: told to every channel in its form, by template, limited by rate, and never with a secret; commands come from listed chats only. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSocketServer, type Server as SocketServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { Alerts, alertsSchema, type AlertsConfig } from '../../../src/cli/alerts/alerts.ts';
import { ChatCommands, DiscordChannels, TelegramChats } from '../../../src/cli/alerts/chat-commands.ts';
import { SessionAlerts } from '../../../src/cli/alerts/session-alerts.ts';
import type { SessionView } from '../../../src/engine/index.ts';
import { SimulatedRuntime, systemRuntime } from '../../../src/core/index.ts';

const token = '1234:SECRET';
let server: Server;
let url = '';
let status = 200;
let got: { path: string; login: string | undefined; body: Record<string, unknown> }[] = [];
let updates: object[] = [];
/** The bot that gets them: a request of an earlier one may still be on its way. */
let reader = token;
let posts: (path: string) => object[] = () => [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => (text += piece.toString()));
    request.on('end', () => {
      const path = request.url ?? '';
      if (path.endsWith('/getUpdates')) {
        response.end(JSON.stringify({ ok: true, result: path.includes(reader) ? updates.splice(0) : [] }));
        return;
      }
      if (request.method === 'GET') {
        response.end(JSON.stringify(posts(path)));
        return;
      }
      got.push({ path, login: request.headers.authorization, body: JSON.parse(text) as Record<string, unknown> });
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

  it('names the strategy where a session has several, in our own words and where a template asks for it', async () => {
    const channels = [{ webhook: `${url}/hook` }];
    for (const templates of [{}, { fill: '{strategy} {side}' }, { fill: '{side}' }]) {
      const alerts = new Alerts(config({ channels, templates }), 'one', systemRuntime, () => {});
      alerts.tell('fill', { strategy: 'SmaCross', side: 'buy', size: '2', symbol: 'BTC/USDT', price: '100' });
      await alerts.close();
    }
    expect(got.map(({ body }) => body['text'])).toEqual([
      'one SmaCross: buy 2 BTC/USDT at 100, position -, equity -',
      'SmaCross buy',
      'buy',
    ]);
  });

  it('reaches a webhook whose address holds a name and a password', async () => {
    const failures: string[] = [];
    const webhook = `${url.replace('//', '//me:p%40ss@')}/hook`;
    const alerts = new Alerts(config({ channels: [{ webhook }] }), 'one', systemRuntime, (text) => failures.push(text));
    alerts.tell('fill', { side: 'buy' });
    await alerts.close();
    expect([failures, got.map(({ login }) => login)]).toEqual([[], [`Basic ${btoa('me:p@ss')}`]]);
  });

  it('has its addresses and templates checked before the session begins', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'alerts-'));
    const path = join(folder, 'alerts.json');
    const checked = async (file: object): Promise<void> => {
      writeFileSync(path, JSON.stringify(file));
      await SessionAlerts.check(path, {});
    };
    await expect(checked({ channels: [{ webhook: 'example.com/SECRET' }] })).rejects.toThrow(
      /^the address of webhook must begin with https:\/\/$/,
    );
    const templates = { fill: '{side' };
    await expect(checked({ channels: [{ webhook: url }], templates })).rejects.toThrow("the template of 'fill' has a brace");
    rmSync(folder, { recursive: true });
  }); // prettier-ignore

  it('beyond the rate is counted in the next one, but an end is always told', async () => {
    const runtime = new SimulatedRuntime(1, 0);
    const alerts = new Alerts(config({ channels: [{ webhook: `${url}/hook` }], perMinute: 2 }), 'one', runtime, () => {}); // prettier-ignore
    for (let k = 0; k < 5; k++) alerts.tell('fill', { side: 'buy' });
    alerts.tell('end', { reason: 'it was told to' });
    await expect.poll(() => got.length, { timeout: 15_000 }).toBe(3);
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
    const chats = new ChatCommands(
      new TelegramChats({ token, chats: ['7'], api: url }, systemRuntime),
      systemRuntime,
      acts,
      () => {},
    );
    chats.start();
    await expect.poll(() => got.length, { timeout: 15_000 }).toBe(2);
    chats.stop();
    expect(asked).toEqual(['the news']);
    expect(got.map(({ body }) => body)).toEqual([
      { chat_id: 7, text: 'done' },
      { chat_id: 7, text: 'known: flatten' },
    ]);
  });
});

describe('commands that come together', () => {
  const quick = { now: () => systemRuntime.now(), elapsed: () => systemRuntime.elapsed(), sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 5)) }; // prettier-ignore
  const runtime = { ...systemRuntime, ...quick };

  it('are all obeyed, also where an answer cannot be sent', async () => {
    const [asked, said]: [string[], string[]] = [[], []];
    const date = Math.floor(systemRuntime.now() / 1000) + 5;
    updates = ['/status', '/flatten now'].map((text, k) => ({ update_id: k + 1, message: { chat: { id: 7 }, date, text } })); // prettier-ignore
    status = 400;
    reader = '99:SECRET';
    const acts = { status: () => (asked.push('status'), 'fine'), flatten: () => (asked.push('flatten'), 'done') };
    const chats = new ChatCommands(new TelegramChats({ token: reader, chats: [7], api: url }, runtime), runtime, acts, (text) => said.push(text)); // prettier-ignore
    chats.start();
    await expect.poll(() => said.length, { timeout: 15_000 }).toBe(2);
    chats.stop();
    expect(asked).toEqual(['status', 'flatten']);
    expect(said[0]).toMatch(/^a command from telegram was not answered: .*400/);
    expect(said.join()).not.toContain('SECRET');
  });

  it('are obeyed where another channel of the bot cannot be read', async () => {
    const asked: string[] = [];
    let all = [{ id: '10', content: 'before', author: { bot: false } }];
    let isFirst = true;
    posts = (path) => {
      if (path.startsWith('/channels/43/') && !isFirst) return null as unknown as object[];
      const after = /after=(\d+)/.exec(path)?.[1] ?? '0';
      return path.startsWith('/channels/42/') ? all.filter(({ id }) => Number(id) > Number(after)) : [];
    };
    const acts = { flatten: (reason: string) => (asked.push(reason), 'done') };
    const chats = new ChatCommands(new DiscordChannels({ token, channels: ['42', '43'], api: url }, runtime), runtime, acts, () => {}); // prettier-ignore
    chats.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    isFirst = false;
    all = [...all, { id: '11', content: 'flatten the news', author: { bot: false } }];
    await expect.poll(() => got.some(({ path }) => path.startsWith('/channels/42')), { timeout: 15_000 }).toBe(true);
    chats.stop();
    posts = () => [];
    expect(asked[0]).toBe('the news');
  });
});

describe('what a session tells', () => {
  it('has its messages where they are asked for, and instruments that are halted and go on', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'nextbar-alerts-'));
    const path = join(folder, 'alerts.yaml');
    writeFileSync(path, `channels: [{ webhook: '${url}/hook' }]\non: [message, halt]\n`);
    const alerts = await SessionAlerts.open(path, 'one', {}, () => undefined, () => {}); // prettier-ignore
    const data = { name: 'BTC/USDT', symbol: 'BTC/USDT', state: 'live', position: { size: 0 } };
    const view = (messages: string[], halted?: string): SessionView =>
      ({ value: 1, cash: 1, messages, datas: [{ ...data, ...(halted && { halted }) }] }) as unknown as SessionView;
    alerts.view(view(['the first']));
    alerts.view(view(['the first', 'the second'], 'its status is BREAK'));
    alerts.view(view(['the first', 'the second']));
    await alerts.end('end', 'enough');
    rmSync(folder, { recursive: true });
    const told = got.filter(({ path: at }) => at === '/hook');
    expect(told.map(({ body }) => body['text'])).toEqual([
      'one: the first',
      'one: the second',
      'one: trading in BTC/USDT is halted: its status is BREAK',
      'one: trading in BTC/USDT goes on',
    ]);
  });
});

describe('a command from a channel of Discord', () => {
  it('is obeyed in a listed channel, once, and not from before the start or from a bot', async () => {
    const asked: [string, number | undefined][] = [];
    let all = [{ id: '1000000000000000001', content: 'flatten from before', author: { bot: false } }];
    const read = new Set<string>();
    posts = (path) => {
      const [, channel = '', query = ''] = /^\/channels\/(\d+)\/messages\?(.*)$/.exec(path) ?? [];
      read.add(channel);
      const after = /after=(\d+)/.exec(query)?.[1];
      // As Discord does: the newest first.
      return (after === undefined ? all.slice(-1) : all.filter(({ id }) => BigInt(id) > BigInt(after))).reverse();
    };
    const acts = { approve: (reason: string, ref?: number) => (asked.push([reason, ref]), 'approved') };
    const runtime = { ...systemRuntime, now: () => systemRuntime.now(), elapsed: () => systemRuntime.elapsed(), sleep: () => new Promise<void>((resolve) => setTimeout(resolve, 5)) }; // prettier-ignore
    const chats = new ChatCommands(new DiscordChannels({ token, channels: ['42'], api: url }, runtime), runtime, acts, () => {}); // prettier-ignore
    chats.start();
    await expect.poll(() => read.size, { timeout: 15_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    all = [...all, { id: '1000000000000000002', content: 'approve 1', author: { bot: true } }, { id: '1000000000000000003', content: '<@99> approve 7 looks right', author: { bot: false } }]; // prettier-ignore
    await expect.poll(() => got.length, { timeout: 15_000 }).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 30));
    chats.stop();
    posts = () => [];
    expect([...read]).toEqual(['42']);
    expect(asked).toEqual([['looks right', 7]]);
    expect(got).toEqual([{ path: '/channels/42/messages', login: `Bot ${token}`, body: { content: 'approved', allowed_mentions: { parse: [] } } }]); // prettier-ignore
  });
});

/** A server that takes mail, and keeps what it was sent. */
function mailServer(): Promise<{ readonly server: SocketServer; readonly url: string; readonly mails: string[] }> {
  const mails: string[] = [];
  const mail = createSocketServer((socket) => {
    let [text, data] = ['', ''];
    let isData = false;
    socket.write('220 here\r\n');
    socket.setEncoding('utf8');
    socket.on('error', () => {});
    socket.on('data', (piece: string) => {
      text += piece;
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (isData && line !== '.') data += `${line}\n`;
        else if (isData) {
          isData = false;
          mails.push(data);
          data = '';
          socket.write('250 taken\r\n');
        } else if (/^EHLO/i.test(line)) socket.write('250-here\r\n250 AUTH PLAIN LOGIN\r\n');
        else if (/^AUTH/i.test(line))
          socket.write(line.includes(Buffer.from('\0me\0hidden').toString('base64')) ? '235 in\r\n' : '535 wrong password hidden\r\n'); // prettier-ignore
        else if (/^DATA/i.test(line)) {
          isData = true;
          socket.write('354 go on\r\n');
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else socket.write('250 fine\r\n');
      }
    });
  });
  return new Promise((resolve) => {
    mail.listen(0, '127.0.0.1', () => {
      const { port } = mail.address() as AddressInfo;
      resolve({ server: mail, url: `smtp://me:hidden@127.0.0.1:${port}`, mails });
    });
  });
}

describe('an alert by e-mail', () => {
  it('is sent with its subject and text, and a failure does not show the password', async () => {
    const { server: mail, url: smtp, mails } = await mailServer();
    const said: string[] = [];
    const to = { from: 'bot@example.com', to: 'me@example.com' };
    try {
      const alerts = new Alerts(config({ channels: [{ email: { smtp, ...to } }] }), 'one', systemRuntime, (text) => said.push(text)); // prettier-ignore
      alerts.tell('halt', { reason: 'the kill switch has ended trading' });
      await expect.poll(() => mails.length + said.length, { timeout: 30_000 }).toBe(1);
      expect(said).toEqual([]);
      expect(mails[0]).toMatch(/^Subject: nextbar one: halt$/m);
      expect(mails[0]).toContain('one: the kill switch has ended trading');
      const wrong = new Alerts(config({ channels: [{ email: { smtp: smtp.replace('hidden', 'hidden2'), ...to } }] }), 'one', systemRuntime, (text) => said.push(text)); // prettier-ignore
      wrong.tell('halt', { reason: 'x' });
      await expect.poll(() => said.length, { timeout: 30_000 }).toBe(1);
      expect(said[0]).toContain('the mail was not sent');
      expect(said[0]).not.toContain('hidden2');
    } finally {
      mail.close();
    }
  });
});

describe('a daily summary', () => {
  it('is sent once a day at its time', async () => {
    const runtime = new SimulatedRuntime(1, Date.UTC(2024, 0, 1, 7, 50));
    const alerts = new Alerts(config({ channels: [{ webhook: `${url}/hook` }], daily: '08:00' }), 'one', runtime, () => {}); // prettier-ignore
    alerts.everyDay(() => ({ value: '100', change: '+1 %', fills: 3, refused: 0, positions: 'nothing' }));
    for (let k = 0; k < 2 * 24 * 60; k += 10) runtime.advance(10 * 60_000);
    await expect.poll(() => got.length, { timeout: 15_000 }).toBe(2);
    expect(got.map(({ body }) => body['text'])).toEqual([
      'one on 2024-01-01: equity 100 (+1 % since yesterday), 3 fills, 0 refused orders, open: nothing',
      'one on 2024-01-02: equity 100 (+1 % since yesterday), 3 fills, 0 refused orders, open: nothing',
    ]);
  });
});
