/** The files of a store that hold months of bars, recognised by folder and name. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { instrumentTypes, seriesOfFolder } from '../series.ts';

/** Depth of a series' folder below its store: exchange, type, symbol, timeframe. */
const depth = 4;

/** A month, then the checksum and the writer of its file; a temporary one ends in `.tmp`. */
const named = /^\d{4}-\d{2}\..+\.(?:arrow|parquet)(?:\.tmp)?$/;

/**
 * The segments of a store, temporary ones too, by their path below its folder. Other files with such an ending and files that were set
 * aside are not among them: they do not belong to the store.
 */
export function segmentFiles(folder: string): string[] {
  let places = [folder];
  for (let level = 0; level < depth; level++) {
    places = places.flatMap((place) =>
      foldersIn(place)
        // The folder may lie among others, which are not gone through.
        .filter((name) => level !== 1 || instrumentTypes.includes(name))
        .map((name) => join(place, name)),
    );
  }
  const known = places
    .map((place) => relative(folder, place).split(sep).join('/'))
    .filter((place) => seriesOfFolder(place) !== undefined);
  return known.flatMap((place) => {
    const entries = readdirSync(join(folder, place), { withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && named.test(entry.name)).map(({ name }) => `${place}/${name}`);
  });
}

function foldersIn(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

/** The folder of the series and the month, which all versions of one month share. */
export function monthOfFile(file: string): string {
  return file.slice(0, file.indexOf('.', file.lastIndexOf('/')));
}
