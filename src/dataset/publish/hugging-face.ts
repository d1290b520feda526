/** Publishing to a dataset repository of Hugging Face: large files by their storage protocol, and everything in one commit. */
import { createHash } from 'node:crypto';

import { AuthError, ConfigError, ConnectorError, messageOf } from '../../core/index.ts';
import { hashesOf, type PublishItem, type Publisher, type PublishResult } from './publish.ts';
import type { DatasetSpec } from './spec.ts';

/** Options of a publisher to Hugging Face. */
export interface HuggingFaceOptions {
  /** The repository, such as `name/market-data`. It must exist. */
  readonly repository: string;
  /** Environment with the token: `HF_TOKEN`. It is never shown. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Branch. Default `main`. */
  readonly branch?: string;
  /** Another server that speaks the protocol. Default `https://huggingface.co`. */
  readonly url?: string;
}

interface BatchObject {
  readonly oid: string;
  readonly error?: { readonly message?: string };
  readonly actions?: {
    readonly upload?: { readonly href: string; readonly header?: Readonly<Record<string, string>> };
  };
}

/** A dataset repository: data files go into its large-file storage, then one commit names all of them. */
export class HuggingFacePublisher implements Publisher {
  readonly #options: HuggingFaceOptions;
  readonly #token: string;
  readonly #url: string;

  /** @throws {ConfigError} If the repository has no name, or no token is set. */
  constructor(options: HuggingFaceOptions) {
    if (!/^[\w.-]+\/[\w.-]+$/.test(options.repository) || options.repository.includes('..')) {
      throw new ConfigError(
        `repository must be an owner and a name such as name/market-data, was '${options.repository}'`,
        {
          context: { field: 'repository' },
        },
      );
    }
    const token = options.env['HF_TOKEN'];
    if (token === undefined || token === '') {
      throw new ConfigError('publishing to Hugging Face needs a token: set HF_TOKEN', { code: 'no-token' });
    }
    this.#options = options;
    this.#token = token;
    this.#url = (options.url ?? 'https://huggingface.co').replace(/\/$/, '');
  }

  async previous(): Promise<DatasetSpec | undefined> {
    const { repository, branch = 'main' } = this.#options;
    const response = await this.#send(`${this.#url}/datasets/${repository}/resolve/${branch}/spec.json`, {}, [404]);
    return response.status === 404 ? undefined : ((await response.json()) as DatasetSpec);
  }

  async publish(items: readonly PublishItem[], previous: DatasetSpec | undefined): Promise<PublishResult> {
    const { repository, branch = 'main' } = this.#options;
    const hashes = hashesOf(previous);
    const changed = items.filter(({ path, hash }) => hash === undefined || hashes.get(path) !== hash);
    const large = changed.filter(({ hash }) => hash !== undefined);
    for (let from = 0; from < large.length; from += 100) await this.#upload(large.slice(from, from + 100));
    const kept = new Set(items.map(({ path }) => path));
    const gone = [...hashes.keys()].filter((path) => !kept.has(path));
    const lines = [
      { key: 'header', value: { summary: 'Update the dataset' } },
      ...large.map(({ path, hash, bytes }) => ({ key: 'lfsFile', value: { path, algo: 'sha256', oid: hash, size: bytes } })),
      ...changed.filter(({ hash }) => hash === undefined).map((item) => ({
        key: 'file',
        value: { path: item.path, encoding: 'base64', content: item.read().toString('base64') },
      })),
      ...gone.map((path) => ({ key: 'deletedFile', value: { path } })),
    ]; // prettier-ignore
    await this.#send(`${this.#url}/api/datasets/${repository}/commit/${branch}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    });
    const bytes = changed.reduce((sum, item) => sum + item.bytes, 0);
    return { sent: changed.length, unchanged: items.length - changed.length, removed: gone.length, bytes };
  }

  /** Sends the files that the storage does not have yet. */
  async #upload(items: readonly PublishItem[]): Promise<void> {
    const response = await this.#send(`${this.#url}/datasets/${this.#options.repository}.git/info/lfs/objects/batch`, {
      method: 'POST',
      headers: { accept: 'application/vnd.git-lfs+json', 'content-type': 'application/vnd.git-lfs+json' },
      body: JSON.stringify({
        operation: 'upload',
        transfers: ['basic'],
        hash_algo: 'sha_256',
        objects: items.map(({ hash, bytes }) => ({ oid: hash, size: bytes })),
      }),
    });
    const { objects } = (await response.json()) as { readonly objects: readonly BatchObject[] };
    for (const { oid, actions, error } of objects) {
      const item = items.find(({ hash }) => hash === oid);
      if (item === undefined) continue;
      if (error !== undefined)
        throw new ConnectorError(`Hugging Face refuses ${item.path}: ${error.message ?? 'no reason'}`, {
          code: 'http',
        });
      // Without an action the storage has these bytes already.
      if (actions?.upload === undefined) continue;
      const body = item.read();
      if (createHash('sha256').update(body).digest('hex') !== oid) {
        throw new ConnectorError(`${item.path} changed while it was published: publish again`, { code: 'changed' });
      }
      const { href, header = {} } = actions.upload;
      const answer = await sent(href, { method: 'PUT', headers: { ...header }, body: new Uint8Array(body) });
      if (!answer.ok) throw new ConnectorError(`the storage of Hugging Face answered HTTP ${answer.status} for ${item.path}`, { code: 'http' }); // prettier-ignore
    }
  }

  async #send(url: string, init: RequestInit, accepted: readonly number[] = []): Promise<Response> {
    const headers = {
      ...(init.headers as Record<string, string> | undefined),
      authorization: `Bearer ${this.#token}`,
    };
    const response = await sent(url, { ...init, headers });
    if (response.ok || accepted.includes(response.status)) return response;
    const text = (await response.text()).replaceAll(this.#token, '***').slice(0, 200);
    const what = `${new URL(url).host} answered HTTP ${response.status}${text === '' ? '' : `: ${text}`}`;
    throw response.status === 401 || response.status === 403
      ? new AuthError(`${what}; check HF_TOKEN and its right to write`)
      : new ConnectorError(what, { code: 'http' });
  }
}

/** The answer to a request. @throws {ConnectorError} If there is none; the message names the host, not the address, which may be signed. */
async function sent(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    throw new ConnectorError(`${new URL(url).host}: ${messageOf(error)}`, { code: 'network', cause: error });
  }
}
