/** The assets of market data: bronze from the sources, silver normalised, gold published. */
import { typeOfSymbol } from '../../core/index.ts';
import type { Asset, AssetContext } from '../build/asset.ts';
import { defineAsset } from '../build/asset.ts';
import type { Partition } from '../build/partitions.ts';
import { quoted } from '../duck.ts';
import { barsTables } from '../tables/bars.ts';
import { fundingRatesTable } from '../tables/funding-rates.ts';
import { exchangesTable, instrumentsTable } from '../tables/listings.ts';
import { liquidationsTable } from '../tables/liquidations.ts';
import { openInterestTable } from '../tables/open-interest.ts';
import { pricesTable } from '../tables/prices.ts';
import { defineTable, type TableSchema } from '../tables/table.ts';
import { tradesTable } from '../tables/trades.ts';
import type { DatasetSource, Period } from './source.ts';

type Cells = (string | number | boolean | undefined)[];

const rawBars = rawTable('bars_1m', [
  ['symbol', 'VARCHAR'], ['time', 'TIMESTAMP'], ['open', 'DOUBLE'], ['high', 'DOUBLE'], ['low', 'DOUBLE'], ['close', 'DOUBLE'], ['volume', 'DOUBLE'],
]); // prettier-ignore

/** A table of rows as received. */
function rawTable(
  name: string,
  columns: readonly (readonly [string, 'VARCHAR' | 'TIMESTAMP' | 'DOUBLE'])[],
): TableSchema {
  return defineTable({
    name,
    about: 'Rows as the exchange sent them.',
    version: 1,
    columns: columns.map(([column, type]) => ({ name: column, type, about: 'As it came.', isOptional: true })),
    key: ['symbol', 'time'],
    time: 'time',
  });
}

/** The assets over some sources. */
export function marketAssets(sources: readonly DatasetSource[]): Asset[] {
  const sourceOf = ({ partition }: AssetContext): DatasetSource =>
    sources.find(({ exchange }) => exchange === partition.exchange)!;
  /** Fetches rows of each symbol into a table; the query over it. */
  const fetched = async (
    context: AssetContext,
    table: TableSchema,
    rowsOf: (source: DatasetSource, symbol: string, period: Period) => Promise<Iterable<Cells>>,
    wanted: (symbol: string) => boolean = () => true,
  ): Promise<string> => {
    const source = sourceOf(context);
    const symbols = source.symbols.filter(wanted);
    if (source.away !== undefined) throw source.away;
    const kept = (context.kept?.symbols ?? []).filter((symbol) => symbols.includes(symbol));
    context.symbols.keep(kept);
    const missing = symbols.filter((symbol) => !kept.includes(symbol));
    const all = await context.symbols.each(missing, (symbol) => rowsOf(source, symbol, context.partition));
    await context.duck.table(
      'fetched',
      table.columns,
      all.flatMap((rows) => [...rows]),
    );
    if (kept.length === 0) return 'SELECT * FROM fetched';
    // Columns are matched by name: rows of an earlier schema keep the columns that they had.
    const held = `SELECT * FROM read_parquet(${quoted(context.kept!.file)}, hive_partitioning = false) WHERE symbol IN (${kept.map(quoted).join(', ')})`;
    return `SELECT * FROM fetched UNION ALL BY NAME ${held}`;
  };
  const symbolsOf =
    (wanted: (symbol: string) => boolean = () => true) =>
    ({ exchange }: Partition): string[] =>
      sources.find((source) => source.exchange === exchange)!.symbols.filter(wanted);
  const isContract = (symbol: string): boolean => typeOfSymbol(symbol) !== 'spot';
  const isSwap = (symbol: string): boolean => typeOfSymbol(symbol) === 'swap';

  /** The tables that each exchange offers, under a name that changes with the offer. */
  const offered = sources.map((source): [name: string, cells: Cells] => {
    const { exchange, symbols, fundingRates, openInterest, trades, away } = source;
    if (away !== undefined) return [`${exchange} away`, []];
    const has = [fundingRates, openInterest, trades].map((one) => one !== undefined);
    return [`${exchange} ${symbols.length} ${has.join(' ')}`, [exchange, symbols.length, ...has]];
  });

  return [
    defineAsset({
      name: 'bronze/bars_1m',
      table: rawBars,
      partitions: 'daily',
      symbols: symbolsOf(),
      run: (context) =>
        fetched(context, rawBars, async (source, symbol, period) => {
          const { time, open, high, low, close, volume } = await source.bars(symbol, period);
          return Array.from(time, (at, i): Cells => [symbol, at, open[i], high[i], low[i], close[i], volume[i]]);
        }),
    }),
    defineAsset({
      name: 'silver/bars_1m',
      table: barsTables.bars_1m,
      deps: ['bronze/bars_1m'],
      partitions: 'daily',
      run: (context) => cleaned(context, barsTables.bars_1m, 'input_bars_1m', 'symbol, time, open, high, low, close, volume, 1 AS bars', 'volume DESC, close'), // prettier-ignore
    }),
    defineAsset({
      name: 'gold/bars_1m',
      table: barsTables.bars_1m,
      deps: ['silver/bars_1m', 'bronze/bars_1m'],
      partitions: 'monthly',
      run: () => 'SELECT symbol, time, open, high, low, close, volume, bars FROM input_silver_bars_1m',
      checks: [{ name: 'rows, sums and keys are those of bronze', faults: bronzeDiffers }],
    }),
    ...(['1h', '1d'] as const).map((timeframe) =>
      defineAsset({
        name: `gold/bars_${timeframe}`,
        table: barsTables[`bars_${timeframe}`],
        deps: ['gold/bars_1m'],
        partitions: 'monthly',
        run: () => `SELECT symbol, date_trunc('${timeframe === '1h' ? 'hour' : 'day'}', time) AS time,
          arg_min(open, time) AS open, max(high) AS high, min(low) AS low, arg_max(close, time) AS close,
          sum(volume) AS volume, count(*) AS bars FROM (SELECT symbol, time, open, high, low, close, volume FROM input_bars_1m ORDER BY symbol, time) GROUP BY 1, 2`,
        checks: [
          {
            name: 'volume and extremes are those of the minutes',
            faults: `SELECT * FROM (SELECT symbol, sum(volume) AS volume, max(high) AS high, min(low) AS low, sum(bars) AS bars FROM output GROUP BY symbol) a
              FULL JOIN (SELECT symbol, sum(volume) AS volume, max(high) AS high, min(low) AS low, count(*) AS bars FROM input_bars_1m GROUP BY symbol) b USING (symbol)
              WHERE a.bars IS DISTINCT FROM b.bars OR a.high IS DISTINCT FROM b.high OR a.low IS DISTINCT FROM b.low
                 OR abs(a.volume - b.volume) > 1e-9 * greatest(1, b.volume)`,
          },
        ],
      }),
    ),
    defineAsset({
      name: 'gold/prices_1h',
      table: pricesTable,
      deps: ['gold/bars_1h'],
      partitions: 'monthly',
      byExchange: false,
      run: () => `SELECT symbol, time, count(*) AS exchanges, min(close) AS lowest, median(close) AS median, max(close) AS highest, sum(volume) AS volume
        FROM (SELECT * FROM input_bars_1h ORDER BY symbol, time, exchange) WHERE NOT contains(symbol, ':') GROUP BY symbol, time`,
    }),
    ...layered('funding_rates', fundingRatesTable, (context) =>
      fetched(context, rawFunding, async (source, symbol, period) =>
        ((await source.fundingRates?.(symbol, period)) ?? []).map(({ time, rate }): Cells => [symbol, time, rate]), isSwap), symbolsOf(isSwap), rawFunding,
      'symbol, time, rate, NULL::DOUBLE AS interval_hours',
      fundingWithIntervals), // prettier-ignore
    ...layered('open_interest', openInterestTable, (context) =>
      fetched(context, rawOpenInterest, async (source, symbol, period) =>
        ((await source.openInterest?.(symbol, period)) ?? []).map(({ time, amount, value }): Cells => [symbol, time, amount, value]), isSwap), symbolsOf(isSwap), rawOpenInterest,
      'symbol, time, amount, value', 'SELECT symbol, time, amount, value FROM input_open_interest'), // prettier-ignore
    ...layered('trades', tradesTable, (context) =>
      fetched(context, rawTrades, async (source, symbol, period) =>
        ((await source.trades?.(symbol, period)) ?? []).map(({ id, time, price, size, side }): Cells => [symbol, time, id, price, size, side])), symbolsOf(), rawTrades,
      'symbol, time, id, price, size, side', 'SELECT symbol, time, id, price, size, side FROM input_trades'), // prettier-ignore
    ...layered('liquidations', liquidationsTable, (context) =>
      fetched(context, rawLiquidations, async (source, symbol, period) =>
        ((await source.liquidations?.(symbol, period)) ?? []).map(({ time, side, price, size }): Cells => [symbol, time, side, price, size]), isContract), symbolsOf(isContract), rawLiquidations,
      'symbol, time, side, price, size', 'SELECT symbol, time, side, price, size FROM input_liquidations'), // prettier-ignore
    defineAsset({
      name: 'gold/instruments',
      table: instrumentsTable,
      partitions: 'whole',
      symbols: symbolsOf(),
      run: async (context) => {
        const source = sourceOf(context);
        if (source.away !== undefined) throw source.away;
        const rows = await context.symbols.each(source.symbols, async (symbol): Promise<Cells> => {
          const { type, base, quote, tick, lot, minNotional, makerFee, takerFee } = await source.instrument(symbol);
          return [symbol, type, base, quote, tick, lot, minNotional, makerFee, takerFee];
        });
        await context.duck.table('fetched', instrumentsTable.columns, rows);
        return 'SELECT * FROM fetched';
      },
    }),
    defineAsset({
      name: 'gold/exchanges',
      table: exchangesTable,
      partitions: 'whole',
      byExchange: false,
      symbols: () => offered.map(([name]) => name),
      run: async ({ duck, symbols }) => {
        const { away } = sources.find((source) => source.away !== undefined) ?? {};
        if (away !== undefined) throw away;
        symbols.keep(offered.map(([name]) => name));
        const rows = offered.map(([, cells]) => cells);
        await duck.table('fetched', exchangesTable.columns, rows);
        return 'SELECT * FROM fetched';
      },
    }),
  ];
}

const rawFunding = rawTable('funding_rates', [['symbol', 'VARCHAR'], ['time', 'TIMESTAMP'], ['rate', 'DOUBLE']]); // prettier-ignore
const rawOpenInterest = rawTable('open_interest', [['symbol', 'VARCHAR'], ['time', 'TIMESTAMP'], ['amount', 'DOUBLE'], ['value', 'DOUBLE']]); // prettier-ignore
const rawTrades = rawTable('trades', [['symbol', 'VARCHAR'], ['time', 'TIMESTAMP'], ['id', 'VARCHAR'], ['price', 'DOUBLE'], ['size', 'DOUBLE'], ['side', 'VARCHAR']]); // prettier-ignore
const rawLiquidations = rawTable('liquidations', [['symbol', 'VARCHAR'], ['time', 'TIMESTAMP'], ['side', 'VARCHAR'], ['price', 'DOUBLE'], ['size', 'DOUBLE']]); // prettier-ignore

/**
 * Each row's own interval: exchanges change it, for all symbols or for one. A gap that is longer than those on both sides is not an
 * interval: the exchange left out a settlement. Where a month begins or ends one side is missing, and a gap of up to 8 hours may be a
 * change.
 */
const fundingWithIntervals = `WITH gaps AS (
    SELECT *, date_diff('millisecond', lag(time) OVER w, time) / 3.6e6 AS gap FROM input_funding_rates WINDOW w AS (PARTITION BY symbol ORDER BY time)
  ), sides AS (
    SELECT *, lag(gap) OVER w AS before, lead(gap) OVER w AS after, lead(gap, 2) OVER w AS later FROM gaps WINDOW w AS (PARTITION BY symbol ORDER BY time)
  )
  SELECT symbol, time, rate, CASE
      WHEN gap IS NULL THEN if(after > 8 AND after >= 1.5 * later, later, after)
      WHEN after IS NULL THEN if(gap > 8 AND gap >= 1.5 * before, before, gap)
      WHEN before IS NULL THEN if(gap > 8 AND gap >= 1.5 * after, after, gap)
      ELSE if(gap >= 1.5 * greatest(before, after), after, gap)
    END AS interval_hours FROM sides`;

/** Bronze, silver and gold of one table. */
function layered(
  name: string,
  table: TableSchema,
  fetch: (context: AssetContext) => Promise<string>,
  symbols: (partition: Partition) => string[],
  raw: TableSchema,
  silver: string,
  gold: string,
): Asset[] {
  return [
    defineAsset({ name: `bronze/${name}`, table: raw, partitions: 'daily', symbols, run: fetch }),
    defineAsset({
      name: `silver/${name}`,
      table,
      version: silver,
      deps: [`bronze/${name}`],
      partitions: 'daily',
      run: (context) =>
        cleaned(context, table, `input_${name}`, silver, table.columns.map((one) => one.name).join(', ')),
    }),
    defineAsset({
      name: `gold/${name}`,
      table,
      deps: [`silver/${name}`],
      partitions: name === 'trades' ? 'daily' : 'monthly',
      version: gold,
      run: () => gold,
      checks: [
        {
          name: 'rows and keys are those of silver',
          faults: `SELECT * FROM (SELECT count(*) AS rows, bit_xor(hash(${table.key.join(', ')})) AS keys FROM output) a,
            (SELECT count(*) AS rows, bit_xor(hash(${table.key.join(', ')})) AS keys FROM input_${name}) b WHERE a.rows <> b.rows OR a.keys IS DISTINCT FROM b.keys`,
        },
      ],
    }),
  ];
}

/** The rows that meet the schema, each key once: of several the first by \`order\`. Invalid rows count as dropped. */
async function cleaned(
  { duck, drop }: AssetContext,
  table: TableSchema,
  input: string,
  select: string,
  order: string,
): Promise<string> {
  const right = [
    ...table.columns.flatMap(({ name, type, isOptional, check }) => [
      ...(isOptional === true ? [] : [`${name} IS NOT NULL`]),
      ...(type === 'DOUBLE' ? [`(${name} IS NULL OR isfinite(${name}))`] : []),
      ...(check === undefined ? [] : [`(${name} IS NULL OR ${check})`]),
    ]),
    ...Object.values(table.rules ?? {}).map((rule) => `(${rule})`),
  ].join(' AND ');
  const rows = `SELECT * FROM (SELECT ${select} FROM ${input}) WHERE ${right}`;
  const { all, kept } = await duck.one(
    `SELECT (SELECT count(*) FROM ${input})::DOUBLE AS all, (SELECT count(*) FROM (${rows}))::DOUBLE AS kept`,
  );
  drop(Number(all) - Number(kept), Number(all));
  return `${rows} QUALIFY row_number() OVER (PARTITION BY ${table.key.join(', ')} ORDER BY ${order}) = 1`;
}

/** The differences between gold bars and bronze, computed independently of silver. */
const bronzeDiffers = `SELECT * FROM
  (SELECT count(*) AS rows, bit_xor(hash(symbol, time)) AS keys, sum(volume) AS volume FROM output) a,
  (SELECT count(*) AS rows, bit_xor(hash(symbol, time)) AS keys, sum(volume) AS volume FROM
    (SELECT symbol, time, max(volume) AS volume FROM input_bronze_bars_1m
     WHERE open > 0 AND close > 0 AND low > 0 AND high >= open AND high >= close AND low <= open AND low <= close AND volume >= 0
       AND isfinite(open) AND isfinite(high) AND isfinite(low) AND isfinite(close) AND isfinite(volume) GROUP BY symbol, time)) b
  WHERE a.rows <> b.rows OR a.keys IS DISTINCT FROM b.keys OR abs(a.volume - b.volume) > 1e-9 * greatest(1, b.volume)`;
