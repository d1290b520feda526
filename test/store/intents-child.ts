/** Writes intents without end, and says each number once it is written. */
import { writeSync } from 'node:fs';

import { clientIdOf } from '../../src/core/index.ts';
import { IntentStore } from '../../src/store/intents.ts';

const store = await IntentStore.open(process.argv[2]!, 'child');
for (let number = 1; ; number++) {
  const clientId = clientIdOf('child', number);
  const request = { clientId, symbol: 'BTC/USDT', side: 'buy', type: 'market', size: '1' } as const;
  store.write({ number, time: number, state: 'written', request });
  writeSync(1, `${number}\n`);
}
