/** The files of a store that are months of bars, known by where they lie and how they are named. */
import { existsSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

import { instrumentTypes, seriesOfFolder } from '../series.ts';

/** How deep below its store the folder of a series lies: exchange, type, symbol, timeframe. */
const depth = 4;

/** A month, then the checksum and the writer of its file; a temporary one ends in `.tmp`. */
const named = /^\d{4}-\d{2}\..+\.(?:arrow|parquet)(?:\.tmp)?$/;

/**
 * The segments of a store, temporary ones too, by their path below its folder. Files that only end like one are not among them, and neither
 * are those set aside: whatever else lies in the folder belongs to somebody else.
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

/** What two versions of one month have in common: the folder of the series, and the month. */
export function monthOfFile(file: string): string {
  return file.slice(0, file.indexOf('.', file.lastIndexOf('/')));
}
