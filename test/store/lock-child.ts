/** Takes the lock of a path, says so, and holds it until it is killed. */
import { FileLock } from '../../src/store/index.ts';

const lock = await FileLock.take(process.argv[2]!, 5);
process.stdout.write(lock instanceof FileLock ? 'held' : 'not held');
setInterval(() => lock, 1_000);
