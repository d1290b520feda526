/** SQL over tables in memory: bars, joined series, trials and tables of runs, by their names. */
import { describe, expect, it, vi } from 'vitest';

import { Cerebro, GeneratedDataFeed, sma, Strategy } from 'nextbar';
import { sql } from 'nextbar/dataset';
import { align, load } from 'nextbar/feeds';
import { arrowTable, exportTables } from 'nextbar/report';
import { optimize, run } from 'nextbar/research';

class Above extends Strategy<typeof Above.params> {
  static readonly params = { period: 20, isEager: false, name: 'it\'s "one"' };
  readonly line = sma(this.data.close, this.params.period);

  override next(): void {
    if (this.data.close.now > this.line.now) this.buy();
    else this.close();
  }
}

const hour = 3_600_000;
const hours = await load(new GeneratedDataFeed({ timeframe: '1h', start: '2024-01-01', count: 100, seed: 3, symbol: 'BTC/USDT' })); // prettier-ignore
const slow = await load(new GeneratedDataFeed({ timeframe: '4h', start: '2024-01-01 12:00', count: 20, seed: 4, symbol: 'ETH/USDT' })); // prettier-ignore

describe('sql', () => {
  it('joins bars by what had closed, as align does', async () => {
    const query = `SELECT h.time + ${hour} AS time, s.close FROM hours h
      ASOF LEFT JOIN (SELECT time + ${4 * hour} AS closed, close FROM slow) s ON h.time + ${hour} >= s.closed ORDER BY time`;
    const joined = await sql(query, { hours, slow });
    const aligned = align([hours, slow]);
    expect(joined.length).toBe(100);
    expect(Array.from(joined.numbers('time'))).toEqual(Array.from(aligned.time));
    expect(Array.from(joined.numbers('close'))).toEqual(Array.from(aligned.columns['ETH/USDT close']!));
    expect(joined.toRows()[0]).toEqual({ time: hours.time[0]! + hour, close: undefined });
  });

  it('reads joined series with NaN as missing, trials with every kind of parameter, and every table of a run', async () => {
    const aligned = align([hours, slow]);
    const counts = await sql('SELECT count(*) AS all_, count("ETH/USDT close") AS known FROM a', { a: aligned });
    expect(counts.toRows()).toEqual([{ all_: 100, known: aligned.columns['ETH/USDT close']!.filter((one) => !Number.isNaN(one)).length }]); // prettier-ignore

    const cerebro = new Cerebro().addData(new GeneratedDataFeed({ timeframe: '1h', count: 900, seed: 3 }));
    const { trials } = await optimize(cerebro.optStrategy(Above, { period: [5, 10], isEager: [true, false], name: ['a', 'b "c"'] })); // prettier-ignore
    const best = await sql('SELECT period, isEager, name, trial FROM trials WHERE name <> ? ORDER BY trial', { trials }, ['a']); // prettier-ignore
    expect(best.toRows()).toEqual(
      [...trials].filter(({ params }) => params['name'] !== 'a').map(({ number, params }) => ({ ...params, isEager: String(params['isEager']), trial: number })), // prettier-ignore
    );

    const result = await run(Above, hours, { period: 5 });
    const [{ trades, orders, fills }] = result.strategies;
    const tables = Object.fromEntries(exportTables.map((name) => [name, arrowTable(name, result)]));
    const sums = await sql(
      `SELECT (SELECT count(*) FROM trades) AS trades, (SELECT round(sum(pnlNet), 2) FROM trades) AS net, (SELECT count(*) FROM orders) AS orders,
        (SELECT count(*) FROM fills) AS fills, (SELECT last(value ORDER BY time) FROM equity) AS value, (SELECT min(entryTime) FROM trades) AS first`,
      tables,
    );
    const net = trades.reduce((sum, trade) => sum + trade.pnlNet, 0);
    const [row] = sums.toRows();
    expect(row).toMatchObject({ trades: trades.length, orders: orders.length, fills: fills.length, first: trades[0]!.openTime }); // prettier-ignore
    expect(row!['net']).toBeCloseTo(net, 1);
    expect(row!['value']).toBeCloseTo(result.finalValue, 2);
    expect((await sums.toArrow()).numRows).toBe(1);
  });

  it.each([
    ['SELECT clsoe FROM hours', { hours }, 'the query is refused: Referenced column "clsoe" not found in FROM clause; known are '],
    ['SELECT 1; SELECT 2', { hours }, 'a query must be one SELECT, was 2 statements'],
    ['DROP TABLE hours', { hours }, 'a query must be one SELECT, was another statement'],
    ['SELECT 1', { hours: [] }, "table 'hours' of sql must be an Arrow table or have toArrow(), was a list"],
    ['SELECT 1', { hours: undefined }, "table 'hours' of sql must be an Arrow table or have toArrow(), was undefined"],
    [undefined, { hours }, 'sql takes a query and tables by name, was undefined'],
  ])('refuses %j over %o', async (query, tables, message) => {
    await expect(sql(query as never, tables as never)).rejects.toThrow(message);
  }); // prettier-ignore

  it('says what to install where there is no DuckDB', async () => {
    vi.doMock('@duckdb/node-api', () => {
      throw new Error('none');
    });
    vi.resetModules();
    const fresh = await import('../../src/dataset/index.ts');
    await expect(fresh.sql('SELECT 1', {})).rejects.toThrow('SQL needs DuckDB: npm install @duckdb/node-api');
    vi.doUnmock('@duckdb/node-api');
    vi.resetModules();
  });
});
