/** A session hears every signal, also one that arrives while its handlers are renewed. */
import { spawnSync } from 'node:child_process';

import { expect, it } from 'vitest';

const module = new URL('../../../src/cli/live/process-end.ts', import.meta.url).href;
/** A signal whose handler is called in a later turn, and a watchdog that has the session listen again before. */
const program = `import { ProcessEnd } from ${JSON.stringify(module)};
const end = await ProcessEnd.take({ leaveInterrupts: async () => {}, onBrokenOutput: () => {}, stderr: process.stderr });
process.kill(process.pid, 'SIGHUP');
end.listen();
setTimeout(() => process.stdout.write(String(end.signal.reason)), 500);
`;

it('hears a signal that waits while it listens again, as after a stop', () => {
  const args = ['--conditions=source', '--import', import.meta.resolve('tsx'), '--input-type=module', '-e', program];
  expect(spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 })).toMatchObject({
    stdout: 'its terminal was closed',
    stderr: '\nending: once more to stop at once\n',
    status: 0,
  });
});
