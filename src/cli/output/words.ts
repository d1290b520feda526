/** Numbers, spans, times and sizes in words: those of the report, for the terminal. */
export {
  amount,
  change,
  count,
  counted,
  linesOfDatas,
  moment,
  nothing,
  percent,
  ratio,
  span,
} from '../../report/index.ts';

/** Bytes as a person reads them: `72 kB`, `1.3 MB`. Anything above 0 shows at least 1 kB. */
export function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
