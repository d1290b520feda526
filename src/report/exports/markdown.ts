/** The summary of a run as Markdown, for notes, issues and chats. */
import type { RunResult } from '../../engine/index.ts';
import { metricDefinitions } from '../metrics.ts';
import { amount, change, counted, linesOfDatas, moment, span } from '../text/words.ts';

/** The summary of a run: what ran, what came out, the figures, the settings and the warnings. */
export function markdownSummary(
  result: RunResult,
  options: {
    /** The heading. Default: the names of the strategies. */
    readonly title?: string;
  } = {},
): string {
  const { stats, strategies, datas, settings, warnings, startValue, finalValue } = result;
  const title = options.title ?? strategies.map(({ name }) => name).join(' + ');
  const params = strategies.flatMap(({ name, params: given }) =>
    Object.entries(given).map(
      ([key, value]) => `${strategies.length > 1 ? `${name}.` : ''}${key} = ${JSON.stringify(value)}`,
    ),
  );
  const groups = [...new Set(metricDefinitions.map(({ group }) => group))];
  const lines = [
    `# ${plainText(title)}`,
    '',
    `${amount(startValue)} to **${amount(finalValue)}** (${change(stats.totalReturn)}), buying and holding ${change(stats.buyAndHoldReturn)}.`,
    '',
    ...linesOfDatas(datas, ({ name, timeframe, bars, start, end }) => `${plainText(name)}: ${counted(bars, 'bar')} of ${timeframe}${Number.isFinite(start) ? `, ${moment(start)} to ${moment(end)} UTC (${span(end - start)})` : ''}`).map((line) => `- ${line}`),
    ...(params.length === 0 ? [] : [`- Parameters: ${plainText(params.join(', '))}`]),
    '',
    '| Figure | Value |',
    '|---|---:|',
    ...groups.flatMap((group) => metricDefinitions.filter((one) => one.group === group).map(({ key, label, text }) => `| ${label} | ${text(stats[key])} |`)),
    '',
    `Rules: ${plainText(settings.rules)}. Account: ${plainText(settings.account)}. Commission: ${plainText(settings.commission)}. Slippage: ${plainText(settings.slippage)}. Sizer: ${plainText(settings.sizer)}.`,
    ...(warnings.length === 0 ? [] : ['', '## Warnings', '', ...warnings.map((text) => `- ${plainText(text)}`)]),
  ]; // prettier-ignore
  return `${lines.join('\n')}\n`;
}

function plainText(text: string): string {
  return text.replace(/[\\`*_[\]<>|]/g, (sign) => `\\${sign}`).replaceAll('\n', ' ');
}
