/** Runs clients that nobody here wrote against the local exchange, and writes what each can do into docs/local-exchange.md. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { ccxtCalls } from './ccxt.mjs';
import { binanceApiNodeCalls, binanceCalls, connectorCalls, spotCalls } from './clients.mjs';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const keys = { apiKey: 'soakkey', secret: 'soaksecret' };
const isQuick = process.argv.includes('--quick');
const waitMs = 15_000;
// One of the clients writes every connection to the console otherwise.
process.env.LOG_LEVEL = 'error';

/** The exchange in a process of its own, as a user starts it. */
async function startExchange() {
  const options = [
    '--port',
    '0',
    '--market',
    'seeded',
    '--symbol',
    'BTC/USDT',
    '--symbol',
    'ETH/USDT',
    '--symbol',
    'BTC/USD',
    '--json',
    '--no-limits',
  ];
  const account = ['--key', `${keys.apiKey}=${keys.secret}`, '--balance', 'USDT=1000000,USD=1000000,BTC=100,ETH=100'];
  const child = spawn(process.execPath, [`${root}dist/cli/main.js`, 'venue', ...options, ...account], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`nextbar venue ended with code ${code}`)));
    child.stdout.once('data', (data) => resolve(String(data)));
  });
  return { url: JSON.parse(line).url, stop: () => child.kill() };
}

/** Calls one after another, because later ones use what earlier ones made. */
async function outcomesOf(calls) {
  const outcomes = [];
  for (const [name, call] of calls) {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${waitMs / 1000} s`)), waitMs);
    });
    try {
      await Promise.race([call(), late]);
      outcomes.push({ name, error: undefined });
    } catch (error) {
      outcomes.push({ name, error: reasonOf(error) });
    }
    clearTimeout(timer);
  }
  return outcomes;
}

function reasonOf(error) {
  const body = error?.response?.data ?? error?.body;
  const text = typeof body === 'object' && body !== null ? JSON.stringify(body) : messageOf(error);
  return text.replace(/\s+/g, ' ').slice(0, 160);
}

function messageOf(error) {
  if (error instanceof Error) return error.message;
  return typeof error === 'object' ? JSON.stringify(error) : String(error);
}

/** Why a call failed, in one of a few kinds. */
function kindOf(error) {
  if (/this exchange has no|no path|no such endpoint|404/.test(error)) return 'not served';
  if (/listen keys?|-1020/.test(error)) return 'ended by Binance';
  if (/-1104|-1101|Not all sent|Too many parameters/.test(error)) return 'refused, as Binance refuses it';
  if (/ENOTFOUND|EAI_AGAIN/.test(error)) return 'goes to Binance itself';
  if (/not supported for this symbol/.test(error)) return 'off in exchangeInfo';
  if (/does not support|only supports|not supported yet/.test(error)) return 'not for spot in the client';
  return 'other';
}

const { url, stop } = await startExchange();
// Sockets of these clients report failures that nobody awaits.
process.on('unhandledRejection', () => {});
const results = [];
let failed = 0;
try {
  const clients = [
    ['ccxt', ccxtCalls],
    ['binance', binanceCalls],
    ['@binance/connector', connectorCalls],
    ['@binance/spot', spotCalls],
    ['binance-api-node', binanceApiNodeCalls],
  ];
  for (const [name, make] of clients) {
    const { calls, close } = await make({ url, ...keys, isQuick });
    const outcomes = await outcomesOf(calls);
    await close?.();
    const version = JSON.parse(
      readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), 'utf8'),
    ).version;
    results.push({ name, version, outcomes });
    const good = outcomes.filter(({ error }) => error === undefined).length;
    console.log(`${name} ${version}: ${good} of ${outcomes.length} calls answered`);
    for (const { name: call, error } of outcomes) {
      if (error === undefined) continue;
      const kind = kindOf(error);
      if (kind === 'other') failed++;
      console.log(`  ${call}: ${kind}: ${error}`);
    }
  }
} finally {
  stop();
}

if (!isQuick) writeTable();
console.log(failed === 0 ? 'no call failed for another reason' : `${failed} calls failed for other reasons`);
process.exit(failed === 0 ? 0 : 1);

/** Puts the table between its marks in the documentation. */
function writeTable() {
  const rows = results.map(({ name, version, outcomes }) => {
    const by = (kind) =>
      outcomes.filter(({ error }) => error !== undefined && kindOf(error) === kind).map((one) => `\`${one.name}\``);
    const good = outcomes.filter(({ error }) => error === undefined).map((one) => `\`${one.name}\``);
    return (
      `### ${name} ${version}\n\n` +
      [
        [`Answered (${good.length})`, good],
        ['Refused, because the client sends what Binance refuses', by('refused, as Binance refuses it')],
        ['Ended by Binance, and here', by('ended by Binance')],
        ['Not served', by('not served')],
        ['Refused, because exchangeInfo says that it is off', by('off in exchangeInfo')],
        ['Refused by the client itself for spot', by('not for spot in the client')],
        ['Goes to Binance itself, whatever address the client is given', by('goes to Binance itself')],
        ['Failed otherwise', by('other')],
      ]
        .filter(([, names]) => names.length > 0)
        .map(([title, names]) => `- ${title}: ${names.join(', ')}.`)
        .join('\n')
    );
  });
  const path = `${root}docs/local-exchange.md`;
  const text = readFileSync(path, 'utf8');
  const [start, end] = ['<!-- clients: written by npm run soak:clients -->', '<!-- /clients -->'];
  const at = text.indexOf(start) + start.length;
  writeFileSync(path, `${text.slice(0, at)}\n\n${rows.join('\n\n')}\n\n${text.slice(text.indexOf(end))}`);
}
