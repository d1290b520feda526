/** The strategy that carries out a scenario's list of instructions. */
import type { Data, Order, OrderOptions, Side, Validity } from 'nextbar';
import { Recorder, type Phase } from './recorder.ts';
import type { ChildArgs, Instruction, OracleOrderType } from './scenario.ts';

const types: Readonly<Record<OracleOrderType, Order['type']>> = {
  Market: 'market',
  Close: 'close',
  Limit: 'limit',
  Stop: 'stop',
  StopLimit: 'stopLimit',
  StopTrail: 'stopTrail',
  StopTrailLimit: 'stopTrailLimit',
};

/** Does what the scenario says, in the bars it says, warm or not. */
export class Scripted extends Recorder {
  private readonly made = new Map<string, Order>();
  private readonly script: readonly Instruction[] =
    this.scenario.strategy.type === 'scripted' ? this.scenario.strategy.orders : [];

  override act(_phase: Phase): void {
    this.carryOut('next');
  }

  override nextOpen(): void {
    this.isAtOpen = true;
    this.carryOut('next_open');
    this.refuse();
    this.isAtOpen = false;
  }

  private carryOut(phase: 'next' | 'next_open'): void {
    for (const step of this.script) {
      if (step.bar === this.bar && (step.phase ?? 'next') === phase) this.follow(step);
    }
  }

  private follow(step: Instruction): void {
    const data = this.datas[step.data ?? 0]!;
    switch (step.action) {
      case 'cancel': {
        const order = this.made.get(String(step.cancel_ref));
        if (order !== undefined) this.habits.cancel(order);
        return;
      }
      case 'add_cash':
        this.broker.addCash(step.amount!);
        return;
      case 'buy_bracket':
      case 'sell_bracket':
        this.bracket(step, data);
        return;
      default:
        this.place(step, data);
    }
  }

  private place(step: Instruction, data: Data): void {
    const { action } = step;
    if (action !== 'buy' && action !== 'sell' && action !== 'close') {
      throw new Error(`no instruction of the oracle is named '${action}'`);
    }
    this.note(step.id, this.order(step.id, action, this.options(step, data)));
  }

  private bracket(step: Instruction, data: Data): void {
    const side: Side = step.action === 'buy_bracket' ? 'buy' : 'sell';
    const child = (
      type: OracleOrderType | null | undefined,
      usual: OracleOrderType,
      price: number | null | undefined,
      args: ChildArgs = {},
    ): object | false => {
      if (type === null) return false;
      return {
        type: types[type ?? usual],
        ...(typeof price === 'number' && { price }),
        ...(args.plimit !== undefined && { limitPrice: args.plimit }),
        ...(args.trailamount !== undefined && { trailAmount: args.trailamount }),
        ...(args.trailpercent !== undefined && { trailPercent: args.trailpercent }),
      };
    };
    const stop = child(step.stopexec, 'Stop', step.stopprice, step.stopargs);
    const limit = child(step.limitexec, 'Limit', step.limitprice, step.limitargs);
    const entry = this.options({ ...step, exectype: step.exectype ?? 'Limit' }, data);
    const exits = [stop, limit].filter((one) => one !== false);
    const { size, valid } = entry;
    const main = this.order(step.id, side, { ...entry, transmit: false });
    this.note(step.id, main);
    for (const [k, exit] of exits.entries()) {
      const options = { data, size, valid, parent: main, transmit: k === exits.length - 1, ...exit } as OrderOptions;
      const id = `${step.id}.${exit === stop ? 'stop' : 'limit'}`;
      this.note(id, this.order(id, side === 'buy' ? 'sell' : 'buy', options));
    }
  }

  private options(step: Instruction, data: Data): OrderOptions {
    const { size, exectype, price, plimit, trailamount, trailpercent, oco_ref: oco, parent_ref: parent } = step;
    const loose = {
      data,
      ...(typeof size === 'number' && { size }),
      ...(exectype && { type: types[exectype] }),
      ...(typeof price === 'number' && { price }),
      ...(typeof plimit === 'number' && { limitPrice: plimit }),
      ...(typeof trailamount === 'number' && { trailAmount: trailamount }),
      ...(typeof trailpercent === 'number' && { trailPercent: trailpercent }),
      ...(step.valid && { valid: this.validity(step.valid, data) }),
      ...(step.tradeid !== undefined && { tradeId: step.tradeid }),
      ...(oco !== undefined && oco !== null && { oco: this.made.get(String(oco)) }),
      ...(parent !== undefined && parent !== null && { parent: this.made.get(String(parent)) }),
      ...(step.transmit !== undefined && { transmit: step.transmit }),
      ...(step.coc !== undefined && { cheatOnClose: step.coc }),
    };
    return loose as OrderOptions;
  }

  private validity(valid: NonNullable<Instruction['valid']>, data: Data): Validity {
    if (valid === 'DAY') return 'day';
    return 'after_ms' in valid ? { afterMs: valid.after_ms } : this.clock(data, valid.until_ms);
  }

  private note(id: number | string, order: Order | undefined): void {
    if (order !== undefined) this.made.set(String(id), order);
  }
}
