/** Commands from chats: what listed chats of a Telegram bot may ask of a session. */
import { messageOf, type Runtime } from '../../core/index.ts';
import { telegramUrl, type TelegramConfig } from './channels.ts';

/** What a chat may ask; each returns the answer. */
export type ChatActs = Readonly<Record<string, (reason: string) => string>>;

/** How long one request waits for messages, and how long a failure is waited out. */
const [pollSeconds, failureMs] = [25, 10_000];

interface Update {
  readonly update_id: number;
  readonly message?: { readonly chat: { readonly id: number; readonly username?: string }; readonly date: number; readonly text?: string }; // prettier-ignore
}

/** Reads the messages of a bot until it is stopped. What other chats send is not answered. */
export class ChatCommands {
  readonly #config: TelegramConfig;
  readonly #runtime: Runtime;
  readonly #acts: ChatActs;
  readonly #onFailure: (text: string) => void;
  readonly #abort = new AbortController();
  /** Messages from before the start are not obeyed: they were meant for another state. */
  readonly #since: number;
  #next = 0;
  #hasFailed = false;

  constructor(config: TelegramConfig, runtime: Runtime, acts: ChatActs, onFailure: (text: string) => void) {
    this.#config = config;
    this.#runtime = runtime;
    this.#acts = acts;
    this.#onFailure = onFailure;
    this.#since = Math.floor(runtime.now() / 1000);
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    while (!this.#hasStopped()) {
      try {
        const updates = (await this.#call('getUpdates', { offset: this.#next, timeout: pollSeconds })) as Update[];
        for (const update of updates) await this.#take(update);
        this.#hasFailed = false;
      } catch (error) {
        if (this.#hasStopped()) return;
        if (!this.#hasFailed) this.#onFailure(`commands from telegram cannot be read: ${messageOf(error)}`);
        this.#hasFailed = true;
        await this.#runtime.sleep(failureMs);
      }
    }
  }

  #hasStopped(): boolean {
    return this.#abort.signal.aborted;
  }

  async #take({ update_id: id, message }: Update): Promise<void> {
    this.#next = id + 1;
    if (message?.text === undefined || message.date < this.#since) return;
    const { chat, text } = message;
    if (!this.#config.chats.some((one) => String(one) === String(chat.id))) return;
    const [word = '', ...rest] = text.trim().split(/\s+/);
    const name = word.replace(/^\//, '').replace(/@.*$/, '').toLowerCase();
    const act = Object.hasOwn(this.#acts, name) ? this.#acts[name] : undefined;
    const reason = rest.length > 0 ? rest.join(' ').slice(0, 200) : `asked for by chat ${chat.id}`;
    const answer = act === undefined ? `known: ${Object.keys(this.#acts).join(', ')}` : act(reason);
    await this.#call('sendMessage', { chat_id: chat.id, text: answer.slice(0, 4_096) });
  }

  async #call(method: string, body: object): Promise<unknown> {
    const limit = AbortSignal.timeout((pollSeconds + 10) * 1_000);
    let answer: Response;
    try {
      answer = await fetch(`${telegramUrl(this.#config)}/${method}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.any([limit, this.#abort.signal]),
      });
    } catch {
      // The cause may name the address, and the address has the token.
      throw new Error('telegram cannot be reached');
    }
    if (!answer.ok) throw new Error(`telegram answered ${answer.status}`);
    const { result } = (await answer.json()) as { readonly result?: unknown };
    return result ?? [];
  }
}
