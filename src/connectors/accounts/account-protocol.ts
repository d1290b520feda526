/** What an account protocol is: how one exchange authenticates an account over a socket, and what its private messages mean. Pure. */
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

/** Receives what a protocol decodes from a frame. */
export interface AccountOutput {
  /** Exchange id, for the events. */
  readonly exchange: string;
  /** When the frame was received, milliseconds UTC. */
  readonly receiveTime: number;
  /** The unified symbol for the exchange's own. @param isContract - Whether it is a derivative, where spot and derivative share a name. */
  symbol(venueSymbol: string, isContract?: boolean): string;
  /** An event of the account. */
  event(event: AccountEvent): void;
  /** The exchange accepted the login. */
  admitted(): void;
  /** The exchange refused the keys or a subscription. */
  refused(reason: string): void;
}

/** One exchange's private stream. */
export interface AccountProtocol {
  /** The exchange's id. */
  readonly id: string;
  /** The channels that it offers. */
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
  /** The login frame; where it is absent, the frames of `subscribe` authenticate. */
  readonly login?: (keys: AccountKeys, now: number) => string;
  /** The frames that ask for channels. */
  subscribe(channels: readonly AccountChannel[], keys: AccountKeys, now: number, token: string): string[];
  /** Whether a login counts as accepted once it is sent, because the exchange acknowledges nothing. */
  readonly isOpen?: boolean;
  /** A frame that keeps the socket open. */
  readonly ping?: { readonly everyMs: number; readonly text: string };
  /** Reads a frame. @throws {Error} If it cannot be read. */
  read(frame: string, out: AccountOutput): void;
}
