/** Times in microseconds, for clients that ask Binance for them. */

/** Fields of REST and WebSocket API answers that hold a time in milliseconds. */
const timeFields: ReadonlySet<string> = new Set([
  'serverTime', 'time', 'updateTime', 'transactTime', 'transactionTime', 'workingTime', 'openTime', 'closeTime', 'T', 'E',
]); // prettier-ignore

/** Fields of each event that hold a time in milliseconds. */
const eventFields: Readonly<Record<string, readonly string[]>> = {
  executionReport: ['E', 'T', 'O', 'W'],
  outboundAccountPosition: ['E', 'u'],
  kline: ['E'],
  '24hrTicker': ['E', 'O', 'C'],
  '1hTicker': ['E', 'O', 'C'],
  '4hTicker': ['E', 'O', 'C'],
  '1dTicker': ['E', 'O', 'C'],
};

/** An answer with its times in microseconds; -1 stays what it is. */
export function inMicroseconds(value: unknown, isKlines = false): unknown {
  if (Array.isArray(value)) {
    return isKlines
      ? (value as unknown[][]).map((row) => row.map((cell, i) => (i === 0 || i === 6 ? micro(cell, i === 6) : cell)))
      : value.map((one) => inMicroseconds(one));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, timeFields.has(name) ? micro(one, false) : inMicroseconds(one)]),
  );
}

/** An event with its times in microseconds. */
export function eventInMicroseconds(event: object): object {
  if (Array.isArray(event)) return (event as object[]).map(eventInMicroseconds);
  const fields = event as Readonly<Record<string, unknown>>;
  const names = eventFields[String(fields['e'])] ?? ['E', 'T'];
  const changed: Record<string, unknown> = { ...fields };
  for (const name of names) if (name in changed) changed[name] = micro(changed[name], false);
  const bar = changed['k'] as Readonly<Record<string, unknown>> | undefined;
  if (fields['e'] === 'kline' && bar !== undefined) {
    changed['k'] = { ...bar, t: micro(bar['t'], false), T: micro(bar['T'], true) };
  }
  return changed;
}

/** The last moment of a bar ends a microsecond, not a millisecond, before the next. */
function micro(value: unknown, isLast: boolean): unknown {
  return typeof value === 'number' && value > 0 ? value * 1000 + (isLast ? 999 : 0) : value;
}
