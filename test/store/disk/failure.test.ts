/** Failures on disk: every code of the system and of both libraries of SQLite, in one sentence that says what to do. */
import { existsSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { ConfigError, DataError, SessionError } from '../../../src/core/index.ts';
import { codeOf, fileFailure, storeFailure } from '../../../src/store/disk/failure.ts';

const failed = (code: string, message = 'what was said'): Error => Object.assign(new Error(message), { code });

describe('the code of a failure', () => {
  it.each<readonly [error: unknown, code: string | undefined]>([
    [failed('ENOSPC'), 'ENOSPC'],
    [failed('SQLITE_BUSY_SNAPSHOT'), 'SQLITE_BUSY_SNAPSHOT'],
    [failed('ERR_INVALID_ARG_TYPE'), undefined],
    [failed('E'), undefined],
    [failed('X_ENOSPC'), undefined],
    [failed('NOT_SQLITE_FULL'), undefined],
    [failed('ENOSPC left'), undefined],
    [new Error('no code'), undefined],
    [Object.assign(new Error('a number'), { code: 13 }), undefined],
    // Node's own library: the result code with what is beside it in the higher bits.
    ...([
      [3, 'SQLITE_PERM'], [5, 'SQLITE_BUSY'], [6, 'SQLITE_LOCKED'], [8, 'SQLITE_READONLY'], [10, 'SQLITE_IOERR'], [11, 'SQLITE_CORRUPT'],
      [13, 'SQLITE_FULL'], [14, 'SQLITE_CANTOPEN'], [23, 'SQLITE_AUTH'], [26, 'SQLITE_NOTADB'], [266, 'SQLITE_IOERR'], [1032, 'SQLITE_READONLY'],
      [1, 'SQLITE_ERROR'], [275, 'SQLITE_CONSTRAINT'], [1811, 'SQLITE_CONSTRAINT'], [99, 'SQLITE_99'],
    ] as const).map(([errcode, code]) => [Object.assign(failed('ERR_SQLITE_ERROR'), { errcode }), code] as const), // prettier-ignore
    [new DataError('shown', { cause: failed('SQLITE_FULL') }), 'SQLITE_FULL'],
    [new DataError('shown', { cause: new DataError('again', { cause: failed('EROFS') }) }), 'EROFS'],
    [new DataError('ENOSPC', { code: 'EROFS' }), undefined],
  ])('%s is %s', (error, code) => {
    expect(codeOf(error)).toBe(code);
  });
});

describe('a failure', () => {
  const full = 'the disk is full: make room and try again, what was stored before is whole';
  const denied = 'permission is denied: check the owner and mode of the folder';
  const many = 'too many files are open: close some, or raise the limit (ulimit -n)';
  const broken = 'the disk failed to read or write: check it before anything else';
  it.each([
    ['ENOSPC', 'disk-full', full, full],
    ['EDQUOT', 'disk-full', full, full],
    ['SQLITE_FULL', 'disk-full', full, full],
    ['EROFS', 'read-only', 'it is read-only: nothing can be written', 'it is read-only: stored bars can be read, nothing can be written'],
    ['SQLITE_READONLY_DIRECTORY', 'read-only', 'it is read-only: nothing can be written', 'it is read-only: stored bars can be read, nothing can be written'],
    ['EACCES', 'no-permission', denied, denied],
    ['EPERM', 'no-permission', denied, denied],
    ['SQLITE_PERM', 'no-permission', denied, denied],
    ['SQLITE_AUTH', 'no-permission', denied, denied],
    ['ENAMETOOLONG', 'name-too-long', 'a name is too long for this file system: choose a shorter one', 'a name is too long for this file system: choose a shorter --folder, or check exchange and symbol'],
    ['EMFILE', 'too-many-files', many, many],
    ['ENFILE', 'too-many-files', many, many],
    ['ENOTDIR', 'not-a-folder', 'it is not a folder, or a file is where a folder is needed: choose another path', 'it is not a folder, or a file is where a folder is needed: choose another --folder'],
    ['EEXIST', 'not-a-folder', 'it is not a folder, or a file is where a folder is needed: choose another path', 'it is not a folder, or a file is where a folder is needed: choose another --folder'],
    ['SQLITE_BUSY', 'busy', 'another process has kept it locked for 20 s: wait for it to end, and try again', 'another process has kept its catalog locked for 20 s: wait for it to end, and try again'],
    ['SQLITE_LOCKED', 'busy', 'another process has kept it locked for 20 s: wait for it to end, and try again', 'another process has kept its catalog locked for 20 s: wait for it to end, and try again'],
    ['SQLITE_CORRUPT_VTAB', 'damaged-catalog', 'the file is damaged: restore it from a copy, or move it away to begin with an empty one', 'the catalog (catalog.sqlite) is damaged: run nextbar data repair, which rebuilds it from the segments'],
    ['SQLITE_NOTADB', 'damaged-catalog', 'the file is damaged: restore it from a copy, or move it away to begin with an empty one', 'the catalog (catalog.sqlite) is damaged: run nextbar data repair, which rebuilds it from the segments'],
    ['SQLITE_CANTOPEN', 'unreadable', 'it cannot be opened: check the owner and mode of the folder', 'its catalog cannot be opened: check the owner and mode of the folder'],
    ['SQLITE_IOERR_READ', 'io-error', broken, broken],
    ['EIO', 'io-error', broken, broken],
    ['EXDEV', 'store-failed', 'what was said (EXDEV)', 'what was said (EXDEV)'],
    ['ENOSPCX', 'store-failed', 'what was said (ENOSPCX)', 'what was said (ENOSPCX)'],
    ['EIOX', 'store-failed', 'what was said (EIOX)', 'what was said (EIOX)'],
    ['SQLITE_ERROR', 'store-failed', 'what was said (SQLITE_ERROR)', 'what was said (SQLITE_ERROR)'],
  ])('of the code %s has the word %s, and its text', (code, word, text, inBarStore) => {
    const cause = failed(code);
    const [file, store] = [fileFailure(cause, 'trials', '/a/b.db'), storeFailure(cause, '/a')] as [DataError, DataError];
    for (const [one, path] of [[file, '/a/b.db'], [store, '/a']] as const) {
      expect(one).toBeInstanceOf(DataError);
      expect([one.code, one.context, one.cause]).toEqual([word, { folder: path, cause: code }, cause]);
    }
    expect([file.message, store.message]).toEqual([`trials /a/b.db: ${text}`, `bar store /a: ${inBarStore}`]);
  }); // prettier-ignore

  it.each([
    ['journal', SessionError],
    ['intents', SessionError],
    ['lock', SessionError],
    ['runs registry', DataError],
    ['trials', DataError],
  ] as const)('of a %s is a %o', (kind, type) => {
    const failure = fileFailure(failed('ENOSPC'), kind, 'x') as Error;
    expect(failure).toBeInstanceOf(type);
    expect(failure.message).toBe(`${kind} x: ${full}`);
  });

  it('of this package, of no code, or that is no error stays as it is', () => {
    for (const one of [new ConfigError('no', { cause: failed('ENOSPC') }), new TypeError('no'), failed('ERR_X'), 'text', undefined])
      expect(storeFailure(one, 'x')).toBe(one); // prettier-ignore
  });

  it.runIf(existsSync('/proc/self'))('to write is a full disk where there is no room, and only there', () => {
    const of = (path: string, code: string): string => (fileFailure(failed(code), 'trials', path) as DataError).code;
    // What the system makes up itself has no room.
    expect(of('/proc/none/deeper/x.db', 'SQLITE_IOERR_WRITE')).toBe('disk-full');
    expect(of('/proc', 'SQLITE_IOERR')).toBe('disk-full');
    expect(of('/proc/x.db', 'EIO')).toBe('io-error');
    expect(of('/proc/x.db', 'SQLITE_CORRUPT')).toBe('damaged-catalog');
    expect(of('/tmp/none/x.db', 'SQLITE_IOERR_WRITE')).toBe('io-error');
  });
});
