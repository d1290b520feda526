/** Runs programs one after the other in one process: starting Node and loading the project costs more than most of them do. */
import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const runFile = promisify(execFile);
const mark = '== end of a program ==';

/** What one of them printed, and the error that ended it. */
export interface Printed {
  readonly stdout: string;
  readonly error: string | undefined;
}

/**
 * Imports each file in turn, in a process of its own, and returns what each printed, in the order of `files`.
 *
 * @throws If the process wrote to stderr or died: its last words name the program.
 */
export async function runPrograms(files: readonly string[], cwd: string): Promise<readonly Printed[]> {
  const urls = files.map((file) => pathToFileURL(file).href);
  const program = `
    for (const url of ${JSON.stringify(urls)}) {
      let error = '';
      try { await import(url); } catch (thrown) { error = String(thrown?.stack ?? thrown); }
      console.log('${mark}' + JSON.stringify(error));
    }`;
  const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
  const { stdout, stderr } = await runFile(process.execPath, args, { cwd, maxBuffer: 2 ** 26 });
  if (stderr !== '') throw new Error(`a program wrote to stderr: ${stderr}`);
  const printed: Printed[] = [];
  let own = '';
  for (const line of stdout.split('\n')) {
    const at = line.indexOf(mark);
    if (at < 0) {
      own += `${line}\n`;
      continue;
    }
    const error = JSON.parse(line.slice(at + mark.length)) as string;
    printed.push({ stdout: own + line.slice(0, at), error: error === '' ? undefined : error });
    own = '';
  }
  if (printed.length !== files.length) throw new Error(`${files[printed.length]} ended the process: ${own}`);
  return printed;
}
