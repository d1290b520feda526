/** The gate for what goes out, over every endpoint of every exchange that ccxt knows: private ones are refused, public ones pass. */
import { describe, expect, it } from 'vitest';

import { CcxtStore, exchangeIds } from '../../../../src/connectors/ccxt/index.ts';
import { accountUse } from '../../../../src/connectors/ccxt/connection/outgoing.ts';

describe('every exchange of ccxt', () => {
  interface Signing {
    readonly api: object;
    sign(
      path: string,
      api: unknown,
      method: string,
      params: object,
    ): { url: string; method: string; headers?: object; body?: unknown };
  }

  /** The endpoints of an exchange: section, method and path. */
  function endpoints(
    value: unknown,
    above: readonly string[] = [],
  ): { section: string[]; method: string; path: string }[] {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, part]: [string, unknown]) => {
      if (!/^(?:get|post|put|delete|patch)$/i.test(name)) return endpoints(part, [...above, name]);
      const paths = Array.isArray(part) ? (part as string[]) : Object.keys(part as object);
      return paths.map((path) => ({ section: [...above], method: name.toUpperCase(), path }));
    });
  }

  async function verdicts(withKeys: boolean): Promise<{ name: string; isPublic: boolean; use: string | undefined }[]> {
    const secrets = {
      apiKey: 'KEY-0123456789abcdef',
      secret: 'c2VjcmV0LXNlY3JldA==',
      password: 'PHRASE-01234567',
      uid: '12345678',
      token: 'TOKEN-01234567',
    };
    const found: { name: string; isPublic: boolean; use: string | undefined }[] = [];
    for (const exchange of exchangeIds()) {
      const { uid, token, ...credentials } = secrets;
      const options = withKeys ? { ...credentials, config: { uid, token } } : { publicOnly: true };
      const store = new CcxtStore({ exchange, ...options });
      const inner = (await store.open()) as unknown as Signing;
      for (const { section, method, path } of endpoints(inner.api)) {
        const api = section.length === 1 ? section[0] : section;
        let request;
        try {
          request = inner.sign(path.replace(/\{\w+\}/g, 'x'), api, method, {});
        } catch {
          continue;
        }
        const name = `${exchange} ${section.join('.')} ${method} ${path}`;
        const { url, headers = {}, body } = request;
        const use = accountUse(
          { method, url, headers: headers as Record<string, unknown>, body, section: section.join(' ') },
          withKeys ? Object.values(secrets) : [],
        );
        found.push({ name, isPublic: /public/i.test(section.join(' ')), use });
      }
    }
    return found;
  }

  it('has its private endpoints refused when they are signed', async () => {
    const all = await verdicts(true);
    const isPrivate = all.filter(({ name }) => / \S*private\S* /i.test(name));
    expect(isPrivate.length).toBeGreaterThan(1_000);
    expect(isPrivate.filter(({ use }) => use === undefined).map(({ name }) => name)).toEqual([]);
  });

  it('has its public endpoints let through', async () => {
    const all = await verdicts(false);
    // Ndax lists its login among the public endpoints.
    const open = all.filter(({ isPublic, name }) => isPublic && name !== 'ndax public GET Authenticate');
    expect(open.length).toBeGreaterThan(1_000);
    expect(open.filter(({ use }) => use !== undefined).map(({ name, use }) => `${name}: ${use!}`)).toEqual([]);
  });
});
