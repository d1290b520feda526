/** Alerts of a session: which events are sent, to which channels, with which texts, and at which rate at most. */
import { z } from 'zod';

import { ConfigError, formatTime, messageOf, type Runtime, type Timer } from '../../core/index.ts';
import { channelOf, type Alert, type Channel, type ChannelConfig } from './channels.ts';

/** The kinds of alerts. */
export const alertKinds = [
  'fill',
  'refused',
  'approval',
  'error',
  'halt',
  'stale',
  'message',
  'end',
  'summary',
] as const;
export type AlertKind = (typeof alertKinds)[number];

const text = z.string().min(1);
const channel = z.union([
  z.strictObject({ webhook: text }),
  z.strictObject({
    discord: z.union([
      text,
      z.strictObject({ token: text, channels: z.array(z.union([text, z.number()])).min(1), api: text.optional() }),
    ]),
  }),
  z.strictObject({
    telegram: z.strictObject({
      token: text,
      chats: z.array(z.union([text, z.number()])).min(1),
      api: text.optional(),
    }),
  }),
  z.strictObject({ email: z.strictObject({ smtp: text, from: text, to: text }) }),
]);

/** A file of alerts. */
export const alertsSchema = z.strictObject({
  channels: z.array(channel).min(1),
  /** Which events are sent. */
  on: z.array(z.enum(alertKinds)).default(['fill', 'refused', 'approval', 'error', 'halt', 'stale', 'end', 'summary']),
  /** The most alerts per minute and channel; the next alert states how many were held back. */
  perMinute: z.number().positive().default(20),
  /** How long a stream may be down before it counts as stale, in seconds. */
  staleSeconds: z.number().positive().default(60),
  /** When the daily summary is sent, UTC, such as 08:00. Default: none is. */
  daily: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 08:00')
    .optional(),
  /** Texts by kind, with the fields of the event in braces, such as `{side} {size} {symbol} at {price}`. */
  templates: z.partialRecord(z.enum(alertKinds), text).default({}),
});

export type AlertsConfig = z.infer<typeof alertsSchema>;

const templates: Readonly<Record<AlertKind, string>> = {
  fill: '{session}: {side} {size} {symbol} at {price}, position {position}, equity {value}',
  refused: '{session}: {side} {size} {symbol} was {status}: {reason}',
  approval: '{session}: {side} {size} {symbol} {type} waits: approve {ref} or decline {ref}',
  error: '{session} failed: {reason}',
  halt: '{session}: {reason}',
  stale: '{session}: the stream of {symbol} has been {state} for {seconds} s',
  message: '{session}: {text}',
  end: '{session} has ended: {reason}; equity {value}',
  summary:
    '{session} on {date}: equity {value} ({change} since yesterday), {fills} fills, {refused} refused orders, open: {positions}',
};

const minuteMs = 60_000;
/** The most alerts that wait for one channel; further ones are only counted. */
const queueLimit = 100;

/** The fields of an event, for its template. */
export type AlertFields = Readonly<Record<string, string | number | undefined>>;

/** Sends the events of one session. Deliveries never delay the session, and their failures go to its log. */
export class Alerts {
  readonly #config: AlertsConfig;
  readonly #session: string;
  readonly #runtime: Runtime;
  readonly #lanes: readonly Lane[];
  #timer: Timer | undefined;

  /** @param onFailure - Receives a failed delivery, as one sentence without secrets. */
  constructor(config: AlertsConfig, session: string, runtime: Runtime, onFailure: (text: string) => void) {
    this.#config = config;
    this.#session = session;
    this.#runtime = runtime;
    for (const [kind, template] of Object.entries(config.templates)) checkTemplate(kind, template);
    this.#lanes = config.channels.map(
      (one) => new Lane(channelOf(one as ChannelConfig, runtime), runtime, config.perMinute, onFailure),
    );
  }

  /** Seconds that a stream may be down. */
  get staleSeconds(): number {
    return this.#config.staleSeconds;
  }

  /** Sends an event, where its kind is wanted. */
  tell(kind: AlertKind, fields: AlertFields): void {
    if (!this.#config.on.includes(kind)) return;
    const template = this.#config.templates[kind] ?? templates[kind];
    const values: Record<string, string | number | undefined> = { session: this.#session, ...fields };
    // Built-in texts begin with the strategy where a session has several; a template of the file places it itself.
    const { strategy } = fields;
    if (strategy !== undefined && this.#config.templates[kind] === undefined) values['session'] = `${this.#session} ${strategy}`; // prettier-ignore
    const words = template.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '-'));
    const alert: Alert = { kind, session: this.#session, time: this.#runtime.now(), text: words };
    for (const lane of this.#lanes) lane.push(alert);
  }

  /** Calls for the daily summary at its time. */
  everyDay(summary: () => AlertFields): void {
    const { daily } = this.#config;
    if (daily === undefined) return;
    let last = '';
    this.#timer = this.#runtime.every(minuteMs / 2, () => {
      const now = formatTime(Math.floor(this.#runtime.now() / 1000) * 1000);
      const [date = '', clock = ''] = now.split(' ');
      if (clock.slice(0, 5) !== daily || date === last) return;
      last = date;
      this.tell('summary', { date, ...summary() });
    });
  }

  /** Waits briefly until pending alerts are delivered. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }
}

/** One channel with the alerts that wait for it. */
class Lane {
  readonly #channel: Channel;
  readonly #runtime: Runtime;
  readonly #perMinute: number;
  readonly #onFailure: (text: string) => void;
  readonly #queue: Alert[] = [];
  #sent: number[] = [];
  #held = 0;
  #isSending = false;
  #isClosing = false;

  constructor(channel: Channel, runtime: Runtime, perMinute: number, onFailure: (text: string) => void) {
    this.#channel = channel;
    this.#runtime = runtime;
    this.#perMinute = perMinute;
    this.#onFailure = onFailure;
  }

  push(alert: Alert): void {
    const now = this.#runtime.elapsed();
    this.#sent = this.#sent.filter((at) => at > now - minuteMs);
    // An alert that a session ended or halted is sent whatever the rate.
    const isUrgent =
      alert.kind === 'error' || alert.kind === 'approval' || alert.kind === 'halt' || alert.kind === 'end';
    if ((!isUrgent && this.#sent.length >= this.#perMinute) || this.#queue.length >= queueLimit) {
      this.#held++;
      return;
    }
    this.#sent.push(now);
    const held = this.#held === 0 ? '' : `\n(${this.#held} alerts before this one were held back)`;
    this.#held = 0;
    this.#queue.push({ ...alert, text: `${alert.text}${held}` });
    void this.#send();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const deadline = this.#runtime.elapsed() + 10_000;
    while ((this.#isSending || this.#queue.length > 0) && this.#runtime.elapsed() < deadline) {
      await this.#runtime.sleep(50);
    }
  }

  async #send(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    for (let alert = this.#queue.shift(); alert !== undefined; alert = this.#queue.shift()) {
      try {
        await this.#channel.send(alert);
      } catch (error) {
        if (!this.#isClosing) this.#onFailure(`an alert was not delivered: ${messageOf(error)}`);
      }
    }
    this.#isSending = false;
  }
}

function checkTemplate(kind: string, template: string): void {
  const known = /\{\w+\}/g;
  if (!template.replace(known, '').includes('{')) return;
  throw new ConfigError(`the template of '${kind}' has a brace that names no field: '${template}'`, {
    context: { field: `templates.${kind}` },
  });
}
