/** A sandbox session in a process of its own, to be killed at any moment: it says when it is up, and when it has sent an order. */
import { seededRandom } from '../../src/core/index.ts';
import { IntentStore } from '../../src/store/intents.ts';
import { liveThroughCcxt } from './orders-ccxt.ts';

const [url, path, name, seed, task, price] = process.argv.slice(2) as [string, string, string, string, string, string];
const settles = task === 'settle';
const intents = await IntentStore.open(path, name);
const before = intents.intents().length;
let said = '';
const session = await liveThroughCcxt({
  url,
  intents,
  random: seededRandom(Number(seed)),
  price: () => Number(price),
  tradesFor: settles ? 500 : 60_000,
  settles,
  turn: () => {
    const word = intents.intents().length > before ? 'trading' : 'up';
    if (word === said || said === 'trading') return;
    said = word;
    process.stdout.write(`${word}\n`);
  },
});
const { broker } = session;
const facts = { cash: broker.cash, size: broker.heldOf(0) };
intents.close();
process.stdout.write(`${JSON.stringify(facts)}\n`, () => {
  process.exit(0);
});
