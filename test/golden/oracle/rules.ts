/** The strategies that follow a scenario's rule instead of a script. */
import { timelineOf, timelineOfLine } from '../../../src/lines/index.ts';
import {
  atr,
  crossover,
  ema,
  highest,
  lowest,
  rsi,
  sma,
  type Data,
  type Line,
  type Order,
  type OrderOptions,
} from 'nextbar';
import { Recorder } from './recorder.ts';
import type { Phase } from './recording.ts';

/** A rule: its numbers come from the scenario, its orders are written down without a script's ids. */
abstract class Rule extends Recorder {
  protected number(name: string, otherwise?: number): number {
    const value = this.rule[name] ?? otherwise;
    if (typeof value !== 'number')
      throw new Error(`rule ${this.rule.type} needs a number '${name}', was ${JSON.stringify(value)}`);
    return value;
  }

  protected get rule(): { readonly type: string; readonly [name: string]: unknown } {
    const { strategy } = this.scenario;
    if (strategy.type !== 'rule') throw new Error(`strategy type must be rule, was ${strategy.type}`);
    return strategy.rule;
  }

  protected get allowsShort(): boolean {
    return this.rule['short'] === true;
  }

  protected doBuy(options: OrderOptions): Order | undefined {
    return this.order(null, 'buy', options);
  }

  protected doSell(options: OrderOptions): Order | undefined {
    return this.order(null, 'sell', options);
  }

  protected doClose(options: OrderOptions = {}): Order | undefined {
    return this.order(null, 'close', options);
  }

  override act(phase: Phase): void {
    if (phase !== 'prenext') this.decide();
  }

  abstract decide(): void;
}

/** In and out, or from side to side, as two averages cross. */
export class SmaCrossRule extends Rule {
  private readonly traded = ((this.rule['datas'] as number[] | undefined) ?? [0]).map((at) => this.datas[at]!);
  private readonly crosses = this.traded.map(({ close }) =>
    crossover(sma(close, this.number('fast')), sma(close, this.number('slow'))),
  );

  override decide(): void {
    const size = this.number('size');
    for (const [k, data] of this.traded.entries()) {
      const cross = this.crosses[k]!.now;
      const held = this.getPosition(data).size;
      if (cross > 0) {
        if (held < 0) this.doClose({ data });
        if (held <= 0) this.doBuy({ data, size });
      } else if (cross < 0) {
        if (held > 0) this.doClose({ data });
        if (held >= 0 && this.allowsShort) this.doSell({ data, size });
      }
    }
  }
}

/** Against extremes of the relative strength index, out at its middle. */
export class RsiReversionRule extends Rule {
  private readonly rsi = rsi(this.data.close, this.number('period'));

  override decide(): void {
    const size = this.number('size');
    const held = this.position.size;
    const strength = this.rsi.now;
    if (held === 0) {
      if (strength < this.number('low')) this.doBuy({ size });
      else if (this.allowsShort && strength > this.number('high')) this.doSell({ size });
    } else if (held > 0 ? strength > this.number('exit') : strength < this.number('exit')) this.doClose();
  }
}

/** Out of a channel, with a trailing stop of some average ranges. */
export class BreakoutRule extends Rule {
  private readonly top = highest(this.data.high, this.number('period'));
  private readonly bottom = lowest(this.data.low, this.number('period'));
  private readonly range = atr(this.data, this.number('atr'));
  private stopOrder: Order | undefined;

  override decide(): void {
    if (this.position.size !== 0 || this.stopOrder?.isAlive === true) return;
    const size = this.number('size');
    const trail = { type: 'stopTrail', size, trailAmount: round2(this.number('k') * this.range.now) } as const;
    if (this.data.close.now > this.top.ago(1, NaN)) {
      this.doBuy({ size });
      this.stopOrder = this.doSell(trail);
    } else if (this.allowsShort && this.data.close.now < this.bottom.ago(1, NaN)) {
      this.doSell({ size });
      this.stopOrder = this.doBuy(trail);
    }
  }
}

/** Stop orders at both ends of a channel, made anew in every bar. */
export class StopEntryRule extends Rule {
  private readonly top = highest(this.data.high, this.number('period'));
  private readonly bottom = lowest(this.data.low, this.number('period'));
  private working: (Order | undefined)[] = [];

  override decide(): void {
    for (const order of this.working) if (order?.isAlive === true) this.recording.habits.cancel(order);
    const size = this.number('size');
    const held = this.position.size;
    const above = { type: 'stop', size, price: this.top.now } as const;
    const below = { type: 'stop', size, price: this.bottom.now } as const;
    if (held === 0) {
      const entry = this.doBuy(above);
      this.working = [entry, this.doSell({ ...below, oco: entry })];
    } else this.working = [held > 0 ? this.doSell(below) : this.doBuy(above)];
  }
}

/** Limit brackets against extremes of the relative strength index. */
export class BracketRule extends Rule {
  private readonly rsi = rsi(this.data.close, this.number('period'));
  private family: (Order | undefined)[] = [];

  override decide(): void {
    if (this.position.size !== 0 || this.family.some((order) => order?.isAlive === true)) return;
    if (this.rsi.now < this.number('low')) this.enter(1);
    else if (this.rsi.now > this.number('high')) this.enter(-1);
  }

  private enter(sign: 1 | -1): void {
    const close = this.data.close.now;
    const at = (part: number): number => round2(close * (1 + part));
    const size = this.number('size');
    const validMs = this.rule['valid_ms'];
    const made = this.bracket(
      sign > 0 ? 'buyBracket' : 'sellBracket',
      {
        size,
        price: at(-sign * this.number('entry')),
        stopLoss: at(-sign * this.number('stop')),
        takeProfit: at(sign * this.number('take')),
        ...(typeof validMs === 'number' && { valid: { afterMs: validMs } }),
      },
      { main: null, stop: null, limit: null },
    );
    this.family = [made?.main, made?.stopLoss, made?.takeProfit];
  }
}

/** Adds every few bars, closes every so many, and turns its side every some. */
export class PyramidRule extends Rule {
  override decide(): void {
    const { bar } = this.recording;
    const close = this.number('close');
    const size = this.number('size');
    if (bar % close === close - 1) this.doClose();
    else if (bar % this.number('add') === 0) {
      if (Math.floor(bar / this.number('flip')) % 2 === 0) this.doBuy({ size });
      else this.doSell({ size });
    }
  }
}

/** Holds weights of the whole value in several datas, set anew every few bars. */
export class RebalanceRule extends Rule {
  override decide(): void {
    const every = this.number('every');
    const { bar } = this.recording;
    if (bar % every !== this.number('phase')) return;
    const weights = this.rule['weights'] as readonly (readonly number[])[];
    const now = weights[Math.floor(bar / every) % weights.length]!;
    for (const [k, data] of this.datas.entries()) this.target(null, 'orderTargetPercent', now[k]!, { data });
  }
}

/** Trades short bars in the direction of long ones. */
export class LongerTrendRule extends Rule {
  private readonly trend = sma(this.datas[1]!.close, this.number('hperiod'));
  private readonly average = ema(this.data.close, this.number('fperiod'));

  override needOf(data: Data): number {
    return data === this.data ? this.average.minPeriod : this.trend.minPeriod;
  }

  override decide(): void {
    const longer = this.datas[1]!.close.now;
    const held = this.position.size;
    if (held === 0 && longer > this.trend.now && this.data.close.now > this.average.now) {
      this.doBuy({ size: this.number('size') });
    } else if (held > 0 && longer < this.trend.now) this.doClose();
  }
}

/** Nothing but indicators, to see when the first `next` comes. */
export class IndicatorsOnlyRule extends Rule {
  private readonly lines: readonly Line[] = (
    this.rule['indicators'] as { name: string; data: number; params: { period: number } }[]
  ).map(({ name, data, params: { period } }) => {
    const { close } = this.datas[data]!;
    const made = { SMA: sma, EMA: ema, RSI: rsi, Highest: highest, Lowest: lowest }[name];
    if (made === undefined) throw new Error(`rule minperiod knows no indicator '${name}'`);
    return made(close, period);
  });

  override needOf(data: Data): number {
    const own = this.lines.filter((line) => timelineOfLine(line) === timelineOf(data));
    return Math.max(1, ...own.map(({ minPeriod }) => minPeriod));
  }

  override indicatorValues(): number[] {
    return this.lines.map(({ now }) => now);
  }

  override decide(): void {}
}

/** Two decimals, halves to even, as the oracle's language rounds. */
function round2(value: number): number {
  const scaled = value * 100;
  const isTie = Math.abs(scaled % 1) === 0.5 && Number.isInteger(value * 8);
  if (!isTie) return Number(value.toFixed(2));
  const below = Math.floor(scaled);
  return (below % 2 === 0 ? below : below + 1) / 100;
}
