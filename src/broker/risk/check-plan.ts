/** Checks a risk plan: names, and numbers that can be right. */
import { ConfigError, checkNames } from '../../core/index.ts';
import type { RiskPlan, RiskRule } from './rules.ts';

const dataLimits = ['maxOrderSize', 'maxOrderValue', 'maxPositionSize', 'maxPositionValue', 'maxExposure'] as const;
const planNames = [
  ...dataLimits, 'datas', 'maxTotalExposure', 'maxVenueExposure', 'maxOpenOrders', 'maxOpenPositions', 'maxOrderRate', 'cooldown',
  'maxDailyLoss', 'maxDrawdown', 'maxDataAgeMs',
] as const; // prettier-ignore

/** Throws a ConfigError for a plan or a list of rules that cannot be right. */
export function checkRisk(risk: RiskPlan | readonly RiskRule[]): void {
  if (isRules(risk)) {
    for (const [index, rule] of risk.entries()) checkRule(rule, index);
    return;
  }
  checkNames('limit of a risk plan', risk, planNames);
  const { datas = {}, maxOrderRate, cooldown, ...numbers } = risk;
  checkNumbers('', numbers);
  for (const [name, limits] of Object.entries(datas)) {
    checkNames(`limit of the data '${name}'`, limits, dataLimits);
    checkNumbers(`datas.${name}.`, limits);
  }
  if (maxOrderRate !== undefined) {
    checkNames('setting of maxOrderRate', maxOrderRate, ['orders', 'perMs']);
    checkNumbers('maxOrderRate.', maxOrderRate);
  }
  if (cooldown !== undefined) {
    checkNames('setting of cooldown', cooldown, ['losses', 'waitMs']);
    checkNumbers('cooldown.', cooldown);
  }
  for (const field of ['maxDailyLoss', 'maxDrawdown'] as const) {
    const value = risk[field];
    if (value !== undefined && value >= 1) {
      const meant = value <= 100 ? `: did you mean ${value / 100}?` : '';
      throw new ConfigError(`${field} must be a fraction below 1, 0.05 for 5 %, was ${value}${meant}`, {
        context: { field },
      });
    }
  }
}

/** Whether rules are given, not a plan. */
export function isRules(risk: RiskPlan | readonly RiskRule[]): risk is readonly RiskRule[] {
  return Array.isArray(risk);
}

function checkRule(rule: { readonly name?: unknown; readonly check?: unknown }, index: number): void {
  if (typeof rule.name === 'string' && typeof rule.check === 'function') return;
  throw new ConfigError(`risk[${index}] must have a name and a method 'check'`, { context: { field: 'risk' } });
}

function checkNumbers(path: string, values: object): void {
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    if (value === undefined || (typeof value === 'number' && value > 0)) continue;
    throw new ConfigError(`${path}${name} must be a number above 0, was ${JSON.stringify(value)}`, {
      context: { field: `${path}${name}` },
    });
  }
}
