/** Checks a risk plan: names, and numbers that can be right. */
import { ConfigError, checkNames, shown, unknownName } from '../../core/index.ts';
import type { RiskPlan, RiskRule } from './rules.ts';

const dataLimits = ['maxOrderSize', 'maxOrderValue', 'maxPositionSize', 'maxPositionValue', 'maxExposure'] as const;
const planNames = [
  ...dataLimits, 'datas', 'maxTotalExposure', 'maxVenueExposure', 'maxOpenOrders', 'maxOpenPositions', 'maxOrderRate', 'cooldown',
  'maxDailyLoss', 'maxDrawdown', 'maxDataAgeMs',
] as const; // prettier-ignore

/** Limits that count orders, positions or trades. */
const counts = ['maxOpenOrders', 'maxOpenPositions', 'orders', 'losses'] as const;

/** Throws a ConfigError for a plan or a list of rules that cannot be right. */
export function checkRisk(risk: RiskPlan | readonly RiskRule[]): void {
  if (isRules(risk)) {
    for (const [index, rule] of risk.entries()) checkRule(rule, index);
    return;
  }
  checkNames('limit of a risk plan', risk, planNames);
  const { datas = {}, maxOrderRate, cooldown, ...numbers } = risk;
  checkNumbers('', numbers);
  if (risk.datas !== undefined) checkNames('setting of datas', datas, Object.keys(Object(datas) as object));
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

/** Exposures up to it are taken as they are: beyond it a percentage is more likely than the fraction. */
const plausibleExposure = 10;

/**
 * Throws a ConfigError for a plan that fits no run of these datas: limits of a data that there is none of, and exposures that no leverage of
 * the run can reach, which are percentages.
 *
 * @param leverage - The highest leverage of the run's accounts and instruments.
 */
export function checkRiskFor(
  risk: RiskPlan | readonly RiskRule[] | undefined,
  names: readonly string[],
  leverage: number,
): void {
  if (risk === undefined || isRules(risk)) return;
  const { datas = {}, maxExposure, maxTotalExposure, maxVenueExposure } = risk;
  const exposures: Record<string, number | undefined> = { maxExposure, maxTotalExposure, maxVenueExposure };
  for (const [name, limits] of Object.entries(datas)) {
    if (!names.includes(name)) throw unknownName('data of the risk plan', name, names);
    exposures[`datas.${name}.maxExposure`] = limits.maxExposure;
  }
  for (const [field, value] of Object.entries(exposures)) {
    if (value === undefined || value === Infinity || value <= Math.max(plausibleExposure, leverage)) continue;
    throw new ConfigError(
      `${field} must be a fraction of the value, 0.95 for 95 %, was ${value}, and leverage allows ${leverage} at most: did you mean ${value / 100}?`,
      { context: { field } },
    );
  }
}

/** Whether rules are given, not a plan. */
export function isRules(risk: RiskPlan | readonly RiskRule[]): risk is readonly RiskRule[] {
  return Array.isArray(risk);
}

function checkRule(rule: unknown, index: number): void {
  const { name, check } = Object(rule) as { readonly name?: unknown; readonly check?: unknown };
  if (typeof name === 'string' && name !== '' && typeof check === 'function') return;
  throw new ConfigError(`risk[${index}] must have a name and a method 'check', was ${shown(rule)}`, {
    context: { field: 'risk' },
  });
}

function checkNumbers(path: string, values: object): void {
  for (const [name, value] of Object.entries(values) as [string, unknown][]) {
    const isCount = (counts as readonly string[]).includes(name);
    const isWhole = !isCount || Number.isInteger(value) || value === Infinity;
    if (value === undefined || (typeof value === 'number' && value > 0 && isWhole)) continue;
    const wanted = isCount ? 'a whole number of at least 1' : 'a number above 0';
    throw new ConfigError(`${path}${name} must be ${wanted}, was ${shown(value)}`, {
      context: { field: `${path}${name}` },
    });
  }
}
