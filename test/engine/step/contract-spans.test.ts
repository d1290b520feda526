/** Contracts in the quick loop: the same account, curve and strategy's readings as in the general loop, through funding and liquidations. */
import { Analyzer, BarsDataFeed, Cerebro, DrawDown, generateBars, sma, Strategy, type RunResult } from 'nextbar';
import { expect, it } from 'vitest';

const count = 6_000;
const start = Date.UTC(2024, 0, 1);
const minute = 60_000;
const bars = generateBars({ seed: 11, timeframe: '1m', count, start });

/** Payments at uneven times: on a bar's open, inside a bar, and a second late. */
const funding = Array.from({ length: 12 }, (_, k) => ({
  time: start + (k + 1) * 8 * 60 * minute + [0, 20_500, 900][k % 3]!,
  rate: 0.0003 * ((k % 5) - 2),
}));

/** Trades in both directions, and adds up everything that it can read of the account. */
class Reader extends Strategy {
  readonly mean = sma(this.data.close, 30);
  sum = 0;

  override next(): void {
    const { broker, position, data, mean } = this;
    this.sum += broker.cash + broker.value + (position.mark ?? 0) + (position.unrealised ?? 0);
    this.sum += position.liquidationPrice ?? 0;
    if (data.length % 97 === 0) {
      if (position.size !== 0) this.close();
      else if (data.close.now > mean.now) this.buy({ size: 40 });
      else this.sell({ size: 40 });
    } else if (data.length % 41 === 0) this.buy({ type: 'limit', price: data.close.now * 0.999, size: 1 });
  }
}

/** An analyzer of single steps, with which the general loop runs. */
class EachStep extends Analyzer<number> {
  override readonly everyStep = true;

  override result(): number {
    return 0;
  }
}

async function play(account: object, isGeneral: boolean): Promise<Record<string, unknown>> {
  const cerebro = new Cerebro({ cash: 2_000_000, commission: 0.0005, account: { leverage: 50, ...account } });
  cerebro.addData(new BarsDataFeed({ bars, timeframe: '1m', symbol: 'BTC/USDT:USDT', name: 'perp' }));
  const marginTiers = [{ upTo: 1e9, maintenanceRate: 0.01, maxLeverage: 100 }];
  cerebro.setInstrument('perp', { funding, marginTiers, liquidationFee: 0.01 });
  cerebro.addStrategy(Reader).addAnalyzer(DrawDown);
  if (isGeneral) cerebro.addAnalyzer(EachStep);
  return facts(await cerebro.run());
}

function facts(result: RunResult): Record<string, unknown> {
  const [run] = result.strategies;
  return {
    sum: (run!.strategy as unknown as { readonly sum: number }).sum,
    cash: [...result.equity.cash],
    value: [...result.equity.value],
    account: result.account,
    orders: JSON.stringify(run!.orders),
    drawDown: run!.analyzer(DrawDown),
    stats: JSON.stringify(result.stats),
  };
}

it.each([{ margin: 'cross' }, { margin: 'isolated' }])(
  'runs a contract in $margin margin as the general loop does',
  async (account) => {
    const [quick, general] = [await play(account, false), await play(account, true)];
    expect(quick).toEqual(general);
    const { liquidations, funding: paid } = quick['account'] as RunResult['account'] & object;
    expect(paid.length).toBeGreaterThan(3);
    if (account.margin === 'isolated') expect(liquidations.length).toBeGreaterThan(3);
  },
);

it("takes the run's commission where an instrument is described without fees", async () => {
  const { account } = await play({ margin: 'cross' }, false);
  const { booked } = (account as RunResult['account'] & object).accounts[0]!;
  expect(Number(booked['USDT']!.fee)).toBeLessThan(-100);
});
