/** Pictures of returns over time: the heat map of months, and rolling Sharpe ratio and volatility. */
import type { PeriodReturn } from '../gather/curves.ts';
import { change } from '../text/words.ts';
import { curve, nothingYet, shortNumber, shortPercent } from './svg.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Days of the window of rolling figures. */
export const rollingDays = 30;

/** Monthly returns as a table: years down, months across, the year's return at the end. */
export function heatMap(returns: readonly PeriodReturn[]): string {
  if (returns.length === 0) return nothingYet('The run has no steps.');
  const most = Math.max(0.02, ...returns.map((one) => Math.abs(one.return)));
  const years = new Map<string, Map<number, number>>();
  for (const { name, return: value } of returns) {
    const [year = '', month = '01'] = name.split('-');
    let row = years.get(year);
    if (row === undefined) years.set(year, (row = new Map<number, number>()));
    row.set(Number(month) - 1, value);
  }
  const cell = (value: number | undefined, kind = ''): string => {
    if (value === undefined) return `<td class="heat none${kind}"></td>`;
    const strength = Math.min(1, Math.abs(value) / most);
    const tone = value >= 0 ? 'up' : 'down';
    return `<td class="heat ${tone}${kind}" style="--heat:${(strength * 48).toFixed(0)}%" data-value="${value}">${short(value)}</td>`;
  };
  const rows = [...years].map(([year, row]) => {
    const total = [...row.values()].reduce((product, value) => product * (1 + value), 1) - 1;
    return `<tr><th scope="row">${year}</th>${months.map((_, k) => cell(row.get(k))).join('')}${cell(total, ' total')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="Monthly returns"><table class="heatmap"><thead><tr><th scope="col"><span class="hidden">Year</span></th>${months.map((name) => `<th scope="col">${name}</th>`).join('')}<th scope="col">Year</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function short(value: number): string {
  return change(value)
    .replace(/ ?%$/, '')
    .replace(/^(-?\+?\d+\.\d)\d$/, '$1');
}

/** Sharpe ratio and volatility of the last 30 days, both for a year, day by day. */
export function rolling(days: readonly PeriodReturn[]): { readonly sharpe: string; readonly volatility: string } {
  const sharpe: [number, number][] = [];
  const volatility: [number, number][] = [];
  let [sum, squares] = [0, 0];
  for (let k = 0; k < days.length; k++) {
    const value = days[k]!.return;
    sum += value;
    squares += value * value;
    if (k >= rollingDays) {
      const gone = days[k - rollingDays]!.return;
      sum -= gone;
      squares -= gone * gone;
    }
    if (k < rollingDays - 1) continue;
    const mean = sum / rollingDays;
    const spread = Math.sqrt(Math.max(0, (squares - rollingDays * mean * mean) / (rollingDays - 1)));
    const time = Date.parse(days[k]!.name);
    volatility.push([time, spread * Math.sqrt(365)]);
    if (spread > 1e-12) sharpe.push([time, (mean / spread) * Math.sqrt(365)]);
  }
  const few = `Rolling figures need more than ${rollingDays} days.`;
  return {
    sharpe: sharpe.length < 2 ? nothingYet(few) : curve(`Sharpe ratio over the last ${rollingDays} days`, sharpe, { text: shortNumber }), // prettier-ignore
    volatility: volatility.length < 2 ? nothingYet(few) : curve(`Volatility over the last ${rollingDays} days`, volatility, { text: shortPercent, colour: 'second' }), // prettier-ignore
  };
}
