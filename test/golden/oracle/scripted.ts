/** The strategy that carries out a scenario's list of instructions. */
import type { BracketOptions, Data, ExitOptions, Order, OrderOptions, Validity } from 'nextbar';
import { Recorder } from './recorder.ts';
import type { Phase } from './recording.ts';
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
    this.recording.atOpen(() => this.carryOut('next_open'));
  }

  private carryOut(phase: 'next' | 'next_open'): void {
    for (const step of this.script) {
      if (step.bar === this.recording.bar && (step.phase ?? 'next') === phase) this.follow(step);
    }
  }

  private follow(step: Instruction): void {
    const data = this.datas[step.data ?? 0]!;
    switch (step.action) {
      case 'cancel': {
        const order = this.made.get(String(step.cancel_ref));
        if (order !== undefined) this.recording.habits.cancel(order);
        return;
      }
      case 'add_cash':
        this.broker.addCash(step.amount!);
        return;
      case 'buy_bracket':
      case 'sell_bracket':
        this.enter(step, data);
        return;
      default:
        this.place(step, data);
    }
  }

  private place(step: Instruction, data: Data): void {
    const { id, action, target = NaN } = step;
    const options = this.options(step, data);
    switch (action) {
      case 'buy':
      case 'sell':
      case 'close':
        this.note(id, this.order(id, action, options));
        return;
      case 'target_size':
        this.note(id, this.target(id, 'orderTargetSize', target, options));
        return;
      case 'target_value':
        this.note(id, this.target(id, 'orderTargetValue', target, options));
        return;
      case 'target_percent':
        this.note(id, this.target(id, 'orderTargetPercent', target, options));
        return;
      default:
        throw new Error(`no instruction of the oracle is named '${action}'`);
    }
  }

  private enter(step: Instruction, data: Data): void {
    const entry = this.options({ ...step, exectype: step.exectype ?? 'Limit' }, data);
    const stopLoss = exit(step.stopexec, 'Stop', step.stopprice, step.stopargs);
    const takeProfit = exit(step.limitexec, 'Limit', step.limitprice, step.limitargs);
    const ids = { main: step.id, stop: `${step.id}.stop`, limit: `${step.id}.limit` };
    const how = step.action === 'buy_bracket' ? 'buyBracket' : 'sellBracket';
    const made = this.bracket(how, { ...entry, stopLoss, takeProfit } as BracketOptions, ids);
    this.note(ids.main, made?.main);
    this.note(ids.stop, made?.stopLoss);
    this.note(ids.limit, made?.takeProfit);
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
    return 'after_ms' in valid ? { afterMs: valid.after_ms } : this.recording.clock(data, valid.until_ms);
  }

  private note(id: number | string, order: Order | undefined): void {
    if (order !== undefined) this.made.set(String(id), order);
  }
}

/** An exit of a bracket; none where its type is null. */
function exit(
  type: OracleOrderType | null | undefined,
  usual: OracleOrderType,
  price: number | null | undefined,
  args: ChildArgs = {},
): ExitOptions | undefined {
  if (type === null) return undefined;
  return {
    type: types[type ?? usual],
    ...(typeof price === 'number' && { price }),
    ...(args.plimit !== undefined && { limitPrice: args.plimit }),
    ...(args.trailamount !== undefined && { trailAmount: args.trailamount }),
    ...(args.trailpercent !== undefined && { trailPercent: args.trailpercent }),
  };
}
