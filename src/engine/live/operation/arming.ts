/** What a person confirms of a session before it sends real orders: a hash of its strategies, and limits that bound loss and size. */
import { createHash } from 'node:crypto';

import { ConfigError } from '../../../core/index.ts';
import { Strategy } from '../../strategy/strategy.ts';
import type { RunPlan } from '../../plan/plan.ts';
import { setupOf } from '../journal/header.ts';
import type { SessionLimits } from './kill-switch.ts';

/**
 * The hash of what a plan would trade: parameters, datas, rules, limits of risk, and the code of each class with the classes that it
 * extends.
 *
 * @param program - A hash of the code around them, such as the modules that a strategy file imports.
 */
export function strategyHash(plan: RunPlan, program = ''): string {
  const code = plan.strategies.map(({ cls }) => codeOf(cls));
  const { risk, account, accounts } = plan.options;
  const text = JSON.stringify([setupOf(plan), code, program, { risk, account, accounts }], (_, value: unknown) =>
    typeof value === 'function' ? String(value) : value,
  );
  return createHash('sha256').update(text).digest('hex');
}

function codeOf(cls: unknown): string[] {
  const texts: string[] = [];
  for (let one = cls; typeof one === 'function' && one !== Strategy; one = Object.getPrototypeOf(one)) {
    if (one === Function.prototype) break;
    texts.push(String(one));
  }
  return texts;
}

/** @throws {ConfigError} If the limits of a session in mode `live` bound neither its loss nor its size. */
export function checkLivePlan(limits: SessionLimits | undefined, symbols: readonly string[]): void {
  const wrong = (text: string): ConfigError =>
    new ConfigError(`mode 'live' needs limits: ${text}`, { code: 'live-refused', context: { field: 'limits' } });
  if (limits === undefined) {
    throw wrong('set maxDrawdown or maxDailyLoss, and maxPosition of each symbol or maxExposure (--limits FILE)');
  }
  const { maxDrawdown, maxDailyLoss, maxPosition, maxExposure } = limits;
  if (maxDrawdown === undefined && maxDailyLoss === undefined) {
    throw wrong('they bound no loss, set maxDrawdown or maxDailyLoss');
  }
  if (maxExposure !== undefined) return;
  const free = symbols.find((symbol) => maxPosition?.[symbol] === undefined);
  if (free !== undefined) throw wrong(`they do not bound the position in ${free}, set maxPosition or maxExposure`);
}
