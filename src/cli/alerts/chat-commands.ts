/** Commands from listed chats of a Telegram bot, or listed channels of a Discord bot, to a session. */
import { messageOf, type Runtime } from '../../core/index.ts';
import { causeWord, discordUrl, telegramUrl, type DiscordConfig, type TelegramConfig } from './channels.ts';

/** The commands of a chat, with the number of an order where one was named; each returns the answer. */
export type ChatActs = Readonly<Record<string, (reason: string, ref?: number) => string>>;

/**
 * How long one Telegram request waits for messages, in seconds; how often Discord is polled and how long to wait after a failure, in
 * milliseconds.
 */
const [pollSeconds, discordMs, failureMs] = [25, 2_000, 10_000];
/** How long a request may take beyond the time that it waits for messages, in milliseconds. */
const requestMs = 10_000;

/** A message of a listed chat. */
export interface ChatMessage {
  readonly chat: string;
  readonly text: string;
}

/** Reads and answers the listed chats of a bot. */
export interface ChatSource {
  readonly name: string;
  /** New messages of listed chats, after a wait. What other chats send is left out. */
  read(signal: AbortSignal): Promise<readonly ChatMessage[]>;
  answer(chat: string, text: string, signal: AbortSignal): Promise<void>;
}

/** Reads the messages of a bot until it is stopped, and answers each. */
export class ChatCommands {
  readonly #source: ChatSource;
  readonly #runtime: Runtime;
  readonly #acts: ChatActs;
  readonly #onFailure: (text: string) => void;
  readonly #abort = new AbortController();
  #hasFailed = false;

  constructor(source: ChatSource, runtime: Runtime, acts: ChatActs, onFailure: (text: string) => void) {
    this.#source = source;
    this.#runtime = runtime;
    this.#acts = acts;
    this.#onFailure = onFailure;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!this.#hasStopped()) {
      try {
        const messages = await this.#source.read(signal);
        // Each command is obeyed even if its answer fails: it is not read a second time.
        const answers = messages.map(({ chat, text }) => ({ chat, text: this.#answerTo(chat, text) }));
        for (const { chat, text } of answers) await this.#answer(chat, text);
        this.#hasFailed = false;
      } catch (error) {
        if (this.#hasStopped()) return;
        if (!this.#hasFailed) this.#onFailure(`commands from ${this.#source.name} cannot be read: ${messageOf(error)}`);
        this.#hasFailed = true;
        await this.#runtime.sleep(failureMs);
      }
    }
  }

  async #answer(chat: string, text: string): Promise<void> {
    try {
      await this.#source.answer(chat, text, this.#abort.signal);
    } catch (error) {
      if (!this.#hasStopped())
        this.#onFailure(`a command from ${this.#source.name} was not answered: ${messageOf(error)}`);
    }
  }

  #hasStopped(): boolean {
    return this.#abort.signal.aborted;
  }

  #answerTo(chat: string, text: string): string {
    // A command in a channel may begin with the name of the bot.
    const [word = '', ...rest] = text
      .replace(/^(?:<@[^>]*>|@\S+)\s*/, '')
      .trim()
      .split(/\s+/);
    const name = word.replace(/^[/!]/, '').replace(/@.*$/, '').toLowerCase();
    const act = Object.hasOwn(this.#acts, name) ? this.#acts[name] : undefined;
    const ref = /^[1-9]\d{0,9}$/.test(rest[0] ?? '') ? Number(rest.shift()) : undefined;
    const reason = rest.length > 0 ? rest.join(' ').slice(0, 200) : `asked for by chat ${chat}`;
    return act === undefined ? `known: ${Object.keys(this.#acts).join(', ')}` : act(reason, ref);
  }
}

interface Update {
  readonly update_id: number;
  readonly message?: { readonly chat: { readonly id: number }; readonly date: number; readonly text?: string };
}

/** The chats of a Telegram bot. */
export class TelegramChats implements ChatSource {
  readonly name = 'telegram';
  readonly #config: TelegramConfig;
  /** Messages from before the start are not obeyed: they were meant for an earlier state. */
  readonly #since: number;
  #next = 0;

  constructor(config: TelegramConfig, runtime: Runtime) {
    this.#config = config;
    this.#since = Math.floor(runtime.now() / 1000);
  }

  async read(signal: AbortSignal): Promise<readonly ChatMessage[]> {
    const updates = (await this.#call('getUpdates', { offset: this.#next, timeout: pollSeconds }, signal)) as Update[];
    return updates.flatMap(({ update_id: id, message }): ChatMessage[] => {
      this.#next = id + 1;
      if (message?.text === undefined || message.date < this.#since) return [];
      const chat = String(message.chat.id);
      return this.#config.chats.some((one) => String(one) === chat) ? [{ chat, text: message.text }] : [];
    });
  }

  async answer(chat: string, text: string, signal: AbortSignal): Promise<void> {
    await this.#call('sendMessage', { chat_id: Number(chat), text: text.slice(0, 4_096) }, signal);
  }

  async #call(method: string, body: object, signal: AbortSignal): Promise<unknown> {
    const url = `${telegramUrl(this.#config)}/${method}`;
    const { result } = (await request('telegram', url, { method: 'POST', body }, signal)) as {
      readonly result?: unknown;
    };
    return result ?? [];
  }
}

interface DiscordMessage {
  readonly id: string;
  readonly content?: string;
  readonly author?: { readonly bot?: boolean };
}

/** The channels of a Discord bot. */
export class DiscordChannels implements ChatSource {
  readonly name = 'discord';
  readonly #config: DiscordConfig;
  readonly #runtime: Runtime;
  /** By channel: the id of the last message that was read. */
  readonly #last = new Map<string, string>();

  constructor(config: DiscordConfig, runtime: Runtime) {
    this.#config = config;
    this.#runtime = runtime;
  }

  async read(signal: AbortSignal): Promise<readonly ChatMessage[]> {
    const found: ChatMessage[] = [];
    let failure: unknown;
    for (const channel of this.#config.channels.map(String)) {
      try {
        found.push(...(await this.#readChannel(channel, signal)));
      } catch (error) {
        failure ??= error;
      }
    }
    // Messages of one channel are obeyed even if another cannot be read.
    if (failure !== undefined && found.length === 0) throw failure as Error;
    if (found.length === 0) await this.#runtime.sleep(discordMs);
    return found;
  }

  async #readChannel(channel: string, signal: AbortSignal): Promise<readonly ChatMessage[]> {
    const last = this.#last.get(channel);
    const after = last === undefined ? 'limit=1' : `after=${last}&limit=50`;
    const rows = (await this.#call(`${channel}/messages?${after}`, { method: 'GET' }, signal)) as DiscordMessage[];
    // Ids rise with time and do not fit a number.
    const sorted = [...rows].sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    this.#last.set(channel, sorted.at(-1)?.id ?? last ?? '0');
    // Messages from before the start are not obeyed.
    if (last === undefined) return [];
    return sorted
      .filter(({ content = '', author }) => content !== '' && author?.bot !== true)
      .map(({ content = '' }) => ({ chat: channel, text: content }));
  }

  async answer(chat: string, text: string, signal: AbortSignal): Promise<void> {
    const body = { content: text.slice(0, 2_000), allowed_mentions: { parse: [] } };
    await this.#call(`${chat}/messages`, { method: 'POST', body }, signal);
  }

  #call(path: string, asked: Asked, signal: AbortSignal): Promise<unknown> {
    const headers = { authorization: `Bot ${this.#config.token}` };
    return request('discord', `${discordUrl(this.#config)}/channels/${path}`, { ...asked, headers }, signal);
  }
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request. Errors leave out the address, which contains the token. */
async function request(
  name: string,
  url: string,
  { method, body, headers }: Asked,
  signal: AbortSignal,
): Promise<unknown> {
  const limit = AbortSignal.timeout(pollSeconds * 1_000 + requestMs);
  let answer: Response;
  try {
    answer = await fetch(url, {
      method,
      headers: { ...headers, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.any([limit, signal]),
      redirect: 'error',
    });
  } catch (error) {
    throw new Error(`${name} cannot be reached (${causeWord(error)})`);
  }
  if (!answer.ok) throw new Error(`${name} answered ${answer.status}`);
  return answer.json();
}
