/** The error for a file of bars that cannot be read. */
import { DataError } from '../../core/index.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EACCES: 'permission is denied',
  EISDIR: 'it is a folder',
};

/** The error for a file that cannot be read, with the reason. */
export function unreadable(path: string, why: string, cause?: unknown): DataError {
  return new DataError(`cannot read ${path}: ${why}`, { code: 'unreadable-file', context: { file: path }, cause });
}

/** The same for a failure of the system. @param otherwise - The reason where it is none of the usual ones. */
export function unopened(path: string, error: unknown, otherwise?: string): DataError {
  const { code } = error as NodeJS.ErrnoException;
  return unreadable(path, reasons[code ?? ''] ?? otherwise ?? code ?? 'it failed', error);
}
