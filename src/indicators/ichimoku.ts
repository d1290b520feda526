/** Ichimoku kinko hyo, the lines that look at the past. */
import { checkData, type Data, type Line } from '../lines/index.ts';
import { donchian } from './envelope.ts';
import { checkOptions, checkPeriod } from './kernel/period.ts';
import { lagged, named } from './pointwise.ts';

/** The lines of `ichimoku`, in price units. */
export interface Ichimoku {
  /** Tenkan-sen: the middle of the short range. */
  readonly conversion: Line;
  /** Kijun-sen: the middle of the medium range. */
  readonly baseline: Line;
  /** Senkou span A as it stands over the present bar: the mean of conversion and baseline, `lead` bars ago. */
  readonly spanA: Line;
  /** Senkou span B as it stands over the present bar: the middle of the long range, `lead` bars ago. */
  readonly spanB: Line;
}

/** Options of `ichimoku`, all in bars. */
export interface IchimokuOptions {
  /** Bars of the conversion line, default 9. */
  readonly conversion?: number;
  /** Bars of the baseline, default 26. */
  readonly baseline?: number;
  /** Bars of span B, default 52. */
  readonly span?: number;
  /** How far ahead the cloud is drawn, default 26. */
  readonly lead?: number;
}

/**
 * Ichimoku: middles of ranges of three lengths, and the cloud between the two spans drawn `lead` bars ahead.
 *
 * There is no chikou span: it is the close drawn into the past, where reading it would be reading the future.
 *
 * @throws {ConfigError} If a period is not a positive integer.
 */
export function ichimoku(data: Data, options: IchimokuOptions = {}): Ichimoku {
  checkData('ichimoku', data);
  checkOptions('ichimoku', options, { conversion: true, baseline: true, span: true, lead: true });
  const { conversion = 9, baseline = 26, span = 52, lead = 26 } = options;
  checkPeriod('ichimoku', conversion, 1, 'conversion');
  checkPeriod('ichimoku', baseline, 1, 'baseline');
  checkPeriod('ichimoku', span, 1, 'span');
  checkPeriod('ichimoku', lead, 1, 'lead');
  const short = donchian(data, conversion).mid;
  const medium = donchian(data, baseline).mid;
  const between = named('ichimoku.between', [short, medium], (a, b) => (a + b) / 2);
  const then = (_: number, earlier: number): number => earlier;
  return {
    conversion: short,
    baseline: medium,
    spanA: lagged('ichimoku.spanA', between, lead, then),
    spanB: lagged('ichimoku.spanB', donchian(data, span).mid, lead, then),
  };
}
