/** The trades of one strategy. */
import type { Data } from '../../lines/index.ts';
import {
  closedCommissionField,
  closedField,
  commissionField,
  openedField,
  priceField,
  type Blotter,
} from './fill-blotter.ts';
import type { Order } from '../orders/order.ts';
import { RunningTrade } from './running-trade.ts';
import type { CommissionScheme } from './commission.ts';
import { Trade, TradeRows } from './trade.ts';

/** The trades of one strategy, built from its fills. */
export class TradeBook {
  /** Rows of the closed trades in the order they closed, and the trades that somebody asked for. */
  private readonly closedRows: number[] = [];
  private readonly shown: Trade[] = [];
  /** How many closed trades were forgotten, in a run of bounded memory. */
  dropped = 0;
  /** The trade that changed last: most often the next one to. */
  private latest: RunningTrade | undefined;
  private readonly running = new Map<Data, Map<number, RunningTrade>>();
  private readonly keepsHistory: boolean;
  private readonly rows = new TradeRows();
  private count = 0;

  constructor(keepsHistory = false) {
    this.keepsHistory = keepsHistory;
  }

  /** Closed trades in the order they closed. */
  get closed(): readonly Trade[] {
    const { shown, closedRows } = this;
    for (let k = shown.length; k < closedRows.length; k++) shown.push(new Trade(this.rows, closedRows[k]!));
    return shown;
  }

  /** Takes the fill in a row of the blotter in and adds the trades that closed or opened by it to `changed`, the closed one first. */
  apply(
    order: Order,
    blotter: Blotter,
    row: number,
    scheme: CommissionScheme,
    changed: { push(trade: Trade): void },
  ): void {
    const values = blotter.block(row);
    const at = blotter.at(row);
    const price = values[at + priceField]!;
    const closedCommission = values[at + closedCommissionField]!;
    const isBoth = values[at + closedField] !== 0 && values[at + openedField] !== 0;
    let trade = this.current(order);
    let isOpened = false;
    // What closes, then what opens: two fields side by side.
    for (let field = closedField; field <= openedField; field++) {
      const size = values[at + field]!;
      if (size === 0) continue;
      if (field === openedField && trade.isClosed) trade = this.start(trade.data, trade.tradeId, trade);
      const commission = field === closedField ? closedCommission : values[at + commissionField]! - closedCommission;
      if (trade.update(size, price, commission, scheme)) isOpened = true;
      if (this.keepsHistory) trade.note(order.ref, size, price, commission);
      const { isClosed } = trade;
      // One that opens is told once all of the fill is in it.
      if (!isClosed && !(isOpened && (field === openedField || !isBoth))) continue;
      const noted = this.rows.note(trade);
      if (isClosed) this.closedRows.push(noted);
      changed.push(new Trade(this.rows, noted));
    }
  }

  /** Forgets closed trades but for the latest `keep`, each shown to `last` before it goes. */
  forget(keep: number, last: (trade: Trade) => void): void {
    const over = this.closedRows.length - keep;
    if (over <= keep) return;
    for (const row of this.closedRows.splice(0, over)) {
      last(new Trade(this.rows, row));
      this.rows.histories.delete(row);
    }
    this.shown.splice(0, over);
    this.rows.forget(this.closedRows[0] ?? this.rows.count);
    this.dropped += over;
  }

  /** Trades that are open now. */
  open(): Trade[] {
    const found: Trade[] = [];
    for (const byId of this.running.values()) {
      for (const trade of byId.values()) if (trade.size !== 0) found.push(new Trade(this.rows, this.rows.note(trade)));
    }
    return found;
  }

  private current({ data, tradeId }: Order): RunningTrade {
    const { latest } = this;
    const found = latest?.data === data && latest.tradeId === tradeId ? latest : this.running.get(data)?.get(tradeId);
    return found === undefined || found.isClosed ? this.start(data, tradeId, found) : (this.latest = found);
  }

  private start(data: Data, tradeId: number, known?: RunningTrade): RunningTrade {
    const trade = known ?? this.runningOf(data, tradeId);
    trade.begin(++this.count);
    return (this.latest = trade);
  }

  private runningOf(data: Data, tradeId: number): RunningTrade {
    let byId = this.running.get(data);
    if (byId === undefined) {
      this.running.set(data, (byId = new Map<number, RunningTrade>()));
      this.rows.datas.push(data);
    }
    let trade = byId.get(tradeId);
    if (trade === undefined)
      byId.set(tradeId, (trade = new RunningTrade(data, this.rows.datas.indexOf(data), tradeId)));
    return trade;
  }
}
