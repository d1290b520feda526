/** Takes one lock twenty times against other processes, or looks at the locks of its folder meanwhile; prints what went wrong. */
import { closeSync, existsSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { FileLock, heldLocks } from '../../src/store/index.ts';

const [, , folder, role] = process.argv as unknown as [string, string, string, string];
mkdirSync(folder, { recursive: true });
const path = join(folder, 'one.lock');
const faults: string[] = [];
let taken = 0;
for (let round = 0; round < 200 && taken < 20; round++) {
  try {
    if (role === 'look') {
      await heldLocks(folder);
      continue;
    }
    const lock = await FileLock.take(path, round, {}, 5_000);
    if (!(lock instanceof FileLock)) continue;
    taken++;
    try {
      closeSync(openSync(join(folder, 'critical'), 'wx'));
    } catch {
      faults.push('two processes hold it');
    }
    if (!existsSync(path)) faults.push('its file is gone');
    rmSync(join(folder, 'critical'), { force: true });
    lock.release();
  } catch (error) {
    faults.push((error as Error).message);
  }
}
console.log(JSON.stringify({ taken, faults }));
