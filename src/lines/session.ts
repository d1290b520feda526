/** Sessions: when an instrument's trading day ends. Crypto trades around the clock; its day is the UTC day. */
import { timelineOf, type Data } from './data.ts';

const dayMs = 86_400_000;

/** The end of the session that holds the present bar's close; a close at midnight belongs to the day that begins. */
export function sessionEndAfter(data: Data): number {
  const now = data.closeTime;
  const { sessionEndMs = dayMs, sessionZone } = timelineOf(data).info;
  if (sessionZone !== undefined) {
    const today = sessionZone.dayAt(now);
    const end = sessionZone.momentOf(today, sessionEndMs);
    return end < now ? sessionZone.momentOf(today + 1, sessionEndMs) : end;
  }
  const end = Math.floor(now / dayMs) * dayMs + sessionEndMs;
  return end < now ? end + dayMs : end;
}
