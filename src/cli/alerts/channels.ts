/** The channels of alerts: webhooks, Telegram, Discord and e-mail. Their addresses and tokens appear in no message. */
import { ConfigError, messageOf, type Runtime } from '../../core/index.ts';

/** How long one delivery may take, how often it is tried, and the pause in between, in milliseconds. */
const [deliveryMs, attempts, retryMs] = [10_000, 3, 1_000];

/** One alert as it is delivered. */
export interface Alert {
  readonly kind: string;
  readonly session: string;
  /** Milliseconds UTC. */
  readonly time: number;
  readonly text: string;
}

/** A channel that reaches a person. */
export interface Channel {
  /** Its name in messages, without its address. */
  readonly name: string;
  send(alert: Alert): Promise<void>;
}

/** The configuration of a channel, as a file of alerts has it. */
export type ChannelConfig =
  | { readonly webhook: string }
  | { readonly discord: string | DiscordConfig }
  | { readonly telegram: TelegramConfig }
  | { readonly email: EmailConfig };

/** A Telegram bot and its chats. */
export interface TelegramConfig {
  readonly token: string;
  /** The chats that get alerts, and whose commands are obeyed. */
  readonly chats: readonly (string | number)[];
  /** Default `https://api.telegram.org`. */
  readonly api?: string | undefined;
}

/** A Discord bot and its channels. */
export interface DiscordConfig {
  readonly token: string;
  /** The channels that get alerts, and whose commands are obeyed. */
  readonly channels: readonly (string | number)[];
  /** Default `https://discord.com/api/v10`. */
  readonly api?: string | undefined;
}

/** A mailbox to send from. */
export interface EmailConfig {
  /** Such as `smtps://user:password@host:465`. */
  readonly smtp: string;
  readonly from: string;
  readonly to: string;
}

/** Makes the channel of a configuration. */
export function channelOf(config: ChannelConfig, runtime: Runtime): Channel {
  if ('webhook' in config) return new HttpChannel('webhook', config.webhook, (alert) => alert, runtime);
  if ('discord' in config) {
    // A strategy's text must not mention anyone.
    const body = ({ text }: Alert): object => ({ content: text.slice(0, 2_000), allowed_mentions: { parse: [] } });
    const { discord } = config;
    if (typeof discord === 'string') return new HttpChannel('discord', discord, body, runtime);
    const headers = { authorization: `Bot ${discord.token}` };
    return many(
      'discord',
      discord.channels.map(
        (channel) =>
          new HttpChannel('discord', `${discordUrl(discord)}/channels/${channel}/messages`, body, runtime, headers),
      ),
    );
  }
  if ('email' in config) return new EmailChannel(config.email);
  const { telegram } = config;
  const chats = telegram.chats.map((chat) => {
    const body = ({ text }: Alert): object => ({ chat_id: chat, text: text.slice(0, 4_096) });
    return new HttpChannel('telegram', `${telegramUrl(telegram)}/sendMessage`, body, runtime);
  });
  return many('telegram', chats);
}

/** Several channels as one. */
function many(name: string, channels: readonly Channel[]): Channel {
  return {
    name,
    send: async (alert) => {
      await Promise.all(channels.map((channel) => channel.send(alert)));
    },
  };
}

/** The address of Discord's API. */
export function discordUrl({ api = 'https://discord.com/api/v10' }: DiscordConfig): string {
  return api;
}

/** The address of a bot. */
export function telegramUrl({ token, api = 'https://api.telegram.org' }: TelegramConfig): string {
  return `${api}/bot${token}`;
}

/** Why a request failed, in one word that holds no address: the code of the system, such as `ECONNREFUSED`, else the kind of error. */
export function causeWord(error: unknown): string {
  if (!(error instanceof Error)) return 'error';
  const { code, cause, name } = error as Error & { readonly code?: unknown };
  if (typeof code === 'string') return code;
  return cause instanceof Error ? causeWord(cause) : name;
}

/** Name and password of an address as a header: requests refuse an address that holds them. */
function withoutLogin(
  url: string,
  headers: Readonly<Record<string, string>>,
): readonly [url: string, headers: Readonly<Record<string, string>>] {
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return [url, headers];
  [address.username, address.password] = ['', ''];
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  return [address.href, { ...headers, authorization: `Basic ${login}` }];
}

/** Posts JSON. */
class HttpChannel implements Channel {
  readonly name: string;
  readonly #url: string;
  readonly #body: (alert: Alert) => object;
  readonly #runtime: Runtime;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(
    name: string,
    url: string,
    body: (alert: Alert) => object,
    runtime: Runtime,
    headers: Readonly<Record<string, string>> = {},
  ) {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
      throw new ConfigError(`the address of ${name} must begin with https://`, { context: { field: name } });
    }
    this.name = name;
    [this.#url, this.#headers] = withoutLogin(url, headers);
    this.#body = body;
    this.#runtime = runtime;
  }

  async send(alert: Alert): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const failure = await this.#post(alert);
      if (failure === undefined) return;
      if (attempt === attempts || !failure.isPassing) throw new Error(failure.text);
      await this.#runtime.sleep(retryMs * 2 ** attempt);
    }
  }

  /** Why a delivery failed, without the address. */
  async #post(alert: Alert): Promise<{ readonly text: string; readonly isPassing: boolean } | undefined> {
    try {
      const answer = await fetch(this.#url, {
        method: 'POST',
        headers: { ...this.#headers, 'content-type': 'application/json' },
        body: JSON.stringify(this.#body(alert)),
        signal: AbortSignal.timeout(deliveryMs),
        redirect: 'error',
      });
      await answer.arrayBuffer();
      if (answer.ok) return undefined;
      const isPassing = answer.status === 429 || answer.status >= 500;
      return { text: `${this.name} answered ${answer.status}`, isPassing };
    } catch (error) {
      return { text: `${this.name} cannot be reached (${causeWord(error)})`, isPassing: true };
    }
  }
}

/** Sends mail through nodemailer, an optional package. */
class EmailChannel implements Channel {
  readonly name = 'email';
  readonly #config: EmailConfig;

  constructor(config: EmailConfig) {
    this.#config = config;
  }

  async send({ text, session, kind }: Alert): Promise<void> {
    const { smtp, from, to } = this.#config;
    const mailer = await import('nodemailer').catch((cause: unknown) => {
      throw new ConfigError('alerts by e-mail need nodemailer: npm install nodemailer', { cause });
    });
    const transport = mailer.createTransport(smtp);
    try {
      await transport.sendMail({ from, to, subject: `nextbar ${session}: ${kind}`, text });
    } catch (error) {
      const secret = URL.canParse(smtp) ? decodeURIComponent(new URL(smtp).password) : '';
      const said = messageOf(error);
      throw new Error(`the mail was not sent: ${secret === '' ? said : said.replaceAll(secret, '***')}`);
    } finally {
      transport.close();
    }
  }
}
