/** What an account protocol is: how one exchange lets an account in over a socket, and what its private messages mean. Pure. */
import type { AccountEvent, HttpRequest } from '../../core/index.ts';

/** Private channels, by the type of their events. */
export const accountChannels = ['order', 'fill', 'balance', 'position', 'transaction'] as const;
/** A private channel. */
export type AccountChannel = (typeof accountChannels)[number];

/** Keys of an account, as the exchange names them. They reach no message, log or event. */
export interface AccountKeys {
  /** The public part of the key; on Hyperliquid the address. */
  readonly apiKey: string;
  /** The secret part. Required, except by Hyperliquid, which has none. */
  readonly secret?: string;
  /** The passphrase that OKX issues with a key. Required by OKX alone. */
  readonly password?: string;
}

/** Where a protocol puts what a frame said. */
export interface AccountOutput {
  /** Exchange id, for the events. */
  readonly exchange: string;
  /** When the frame was received, milliseconds UTC. */
  readonly receiveTime: number;
  /** The unified symbol of the exchange's own. @param isContract - Whether it is a derivative, where both share a name. */
  symbol(venueSymbol: string, isContract?: boolean): string;
  /** An event of the account. */
  event(event: AccountEvent): void;
  /** The exchange has let the account in. */
  admitted(): void;
  /** The exchange refused the keys or a subscription. */
  refused(reason: string): void;
}

/** One exchange's private stream. */
export interface AccountProtocol {
  /** The exchange's id. */
  readonly id: string;
  /** What it sends. */
  readonly channels: readonly AccountChannel[];
  /** Where its private socket is. */
  readonly url: string;
  /** Keys that it needs beside `apiKey`. */
  readonly needs: readonly ('secret' | 'password')[];
  /** A request whose answer has the token for the socket; undefined where none is needed. @param now - Milliseconds UTC. */
  readonly token?: {
    readonly request: (keys: AccountKeys, now: number) => HttpRequest;
    readonly read: (text: string) => string;
  };
  /** The frame that lets the account in; without it `subscribe` does. */
  readonly login?: (keys: AccountKeys, now: number) => string;
  /** The frames that ask for channels. */
  subscribe(channels: readonly AccountChannel[], keys: AccountKeys, now: number, token: string): string[];
  /** Whether the account is in as soon as it has asked, because the exchange acknowledges nothing. */
  readonly isOpen?: boolean;
  /** A frame that keeps the socket open. */
  readonly ping?: { readonly everyMs: number; readonly text: string };
  /** Reads a frame. @throws {Error} If it cannot be read. */
  read(frame: string, out: AccountOutput): void;
}
