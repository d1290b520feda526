/** Publishing to a store that speaks S3: signed requests, large files in parts, the spec last. */
import { createHash, createHmac } from 'node:crypto';

import { AuthError, ConfigError, ConnectorError, messageOf, systemRuntime, type Runtime } from '../../core/index.ts';
import { hashesOf, type PublishItem, type Publisher, type PublishResult } from './publish.ts';
import type { DatasetSpec } from './spec.ts';

/** Options of a publisher to a store that speaks S3. */
export interface S3Options {
  /** The bucket. */
  readonly bucket: string;
  /** Prefix of the names of all objects, such as `market-data/`. Default: none. */
  readonly prefix?: string;
  /** Address of the store, such as `https://s3.eu-central-1.amazonaws.com`. */
  readonly url: string;
  /** Region. Default `us-east-1`. */
  readonly region?: string;
  /** Environment with the keys: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. They are never shown. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Files above this are sent in parts of this size, bytes; at least 5 MiB. Default 16 MiB. */
  readonly partBytes?: number;
  /** Clock. Default: the system's. */
  readonly runtime?: Runtime;
}

const leastPart = 5 * 1024 * 1024;

/** A bucket. The spec is written last: until then readers see the files that were published before. */
export class S3Publisher implements Publisher {
  readonly #options: S3Options;
  readonly #keys: { readonly id: string; readonly secret: string; readonly session: string | undefined };
  readonly #partBytes: number;

  /** @throws {ConfigError} If keys are missing or an option cannot be right. */
  constructor(options: S3Options) {
    const [id, secret, session] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'].map((name) => options.env[name]); // prettier-ignore
    if (id === undefined || secret === undefined) {
      throw new ConfigError('publishing to S3 needs keys: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY', {
        code: 'no-token',
      });
    }
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(options.bucket)) {
      throw new ConfigError(
        `bucket must be a name of small letters, digits, dots and dashes, was '${options.bucket}'`,
        {
          context: { field: 'bucket' },
        },
      );
    }
    if (!URL.canParse(options.url)) throw new ConfigError(`url must be an address, was '${options.url}'`, { context: { field: 'url' } }); // prettier-ignore
    this.#options = options;
    this.#keys = { id, secret, session };
    this.#partBytes = Math.max(leastPart, options.partBytes ?? 16 * 1024 * 1024);
  }

  async previous(): Promise<DatasetSpec | undefined> {
    const response = await this.#send('GET', 'spec.json', {}, Buffer.alloc(0), [404]);
    return response.status === 404 ? undefined : ((await response.json()) as DatasetSpec);
  }

  async publish(items: readonly PublishItem[], previous: DatasetSpec | undefined): Promise<PublishResult> {
    const hashes = hashesOf(previous);
    const changed = items.filter(({ path, hash }) => hash === undefined || hashes.get(path) !== hash);
    for (const item of [...changed].sort((a, b) => Number(a.path === 'spec.json') - Number(b.path === 'spec.json'))) {
      if (item.bytes > this.#partBytes) await this.#putInParts(item);
      else await this.#send('PUT', item.path, {}, item.read());
    }
    const kept = new Set(items.map(({ path }) => path));
    const gone = [...hashes.keys()].filter((path) => !kept.has(path));
    for (const path of gone) await this.#send('DELETE', path, {}, Buffer.alloc(0), [404]);
    const bytes = changed.reduce((sum, item) => sum + item.bytes, 0);
    return { sent: changed.length, unchanged: items.length - changed.length, removed: gone.length, bytes };
  }

  /** A large file in parts; a failed upload is aborted, so that the store keeps no parts of it. */
  async #putInParts(item: PublishItem): Promise<void> {
    const { path } = item;
    const body = item.read();
    const begun = await (await this.#send('POST', path, { uploads: '' }, Buffer.alloc(0))).text();
    const uploadId = /<UploadId>([^<]+)<\/UploadId>/.exec(begun)?.[1];
    if (uploadId === undefined) throw new ConnectorError(`the store began no upload of ${path}`, { code: 'protocol' });
    try {
      const tags: string[] = [];
      for (let from = 0; from < body.length; from += this.#partBytes) {
        const query = { partNumber: String(tags.length + 1), uploadId };
        const response = await this.#send('PUT', path, query, body.subarray(from, from + this.#partBytes));
        tags.push(response.headers.get('etag') ?? '');
      }
      const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`).join('');
      const xml = `<CompleteMultipartUpload>${parts}</CompleteMultipartUpload>`;
      const answer = await (await this.#send('POST', path, { uploadId }, Buffer.from(xml))).text();
      // The store may answer 200 with an error in the body.
      if (answer.includes('<Error>')) throw new ConnectorError(`the store did not complete ${path}`, { code: 'http' });
    } catch (error) {
      await this.#send('DELETE', path, { uploadId }, Buffer.alloc(0), [404]).catch(() => undefined);
      throw error;
    }
  }

  /** One request, signed by version 4 of Amazon's signatures. */
  async #send(
    method: string,
    path: string,
    query: Readonly<Record<string, string>>,
    body: Buffer,
    accepted: readonly number[] = [],
  ): Promise<Response> {
    // prettier-ignore
    const { bucket, prefix = '', region = 'us-east-1', runtime = systemRuntime } = this.#options;
    const base = new URL(this.#options.url);
    const encode = (text: string): string => encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`); // prettier-ignore
    const name = `/${[bucket, ...`${prefix}${path}`.split('/')].map(encode).join('/')}`;
    const search = Object.entries(query).map(([key, value]) => `${encode(key)}=${encode(value)}`).sort().join('&'); // prettier-ignore
    const stamp = new Date(runtime.now()).toISOString().replace(/[-:]|\.\d{3}/g, '');
    const scope = `${stamp.slice(0, 8)}/${region}/s3/aws4_request`;
    const hash = createHash('sha256').update(body).digest('hex');
    const headers: Record<string, string> = {
      host: base.host,
      'x-amz-content-sha256': hash,
      'x-amz-date': stamp,
      ...(this.#keys.session !== undefined && { 'x-amz-security-token': this.#keys.session }),
    };
    const names = Object.keys(headers).sort();
    const canonical = [method, name, search, ...names.map((key) => `${key}:${headers[key]!}`), '', names.join(';'), hash].join('\n'); // prettier-ignore
    const toSign = ['AWS4-HMAC-SHA256', stamp, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
    const key = [stamp.slice(0, 8), region, 's3', 'aws4_request'].reduce<Buffer | string>(
      (secret, part) => createHmac('sha256', secret).update(part).digest(),
      `AWS4${this.#keys.secret}`,
    );
    const signature = createHmac('sha256', key).update(toSign).digest('hex');
    headers['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${this.#keys.id}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
    const { host: _, ...sent } = headers;
    let response: Response;
    try {
      response = await fetch(`${base.origin}${name}${search === '' ? '' : `?${search}`}`, {
        method,
        headers: sent,
        ...(method === 'PUT' || method === 'POST' ? { body: new Uint8Array(body) } : {}),
      });
    } catch (error) {
      throw new ConnectorError(`${base.host}: ${messageOf(error)}`, { code: 'network', cause: error });
    }
    if (response.ok || accepted.includes(response.status)) return response;
    const code = /<Code>([^<]+)<\/Code>/.exec(await response.text())?.[1];
    const what = `${base.host} answered HTTP ${response.status}${code === undefined ? '' : ` (${code})`} for ${path}`;
    throw response.status === 403 ? new AuthError(`${what}; check the keys and their rights`) : new ConnectorError(what, { code: 'http' }); // prettier-ignore
  }
}
