/** The headers that protect pages and answers, as Helmet makes them: computed once, since they are the same for every answer. */

/** Their names and values; `isEncrypted` adds the header that keeps browsers to TLS. */
export async function protectingHeaders(isEncrypted: boolean): Promise<readonly (readonly [string, string])[]> {
  const [{ default: fastify }, { default: helmet }] = await Promise.all([import('fastify'), import('@fastify/helmet')]);
  const app = fastify();
  try {
    await app.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: false,
        directives: { defaultSrc: ["'none'"], scriptSrc: ["'self'"], styleSrc: ["'self'"], imgSrc: ["'self'", 'data:'], connectSrc: ["'self'"], baseUri: ["'none'"], formAction: ["'none'"], frameAncestors: ["'none'"], manifestSrc: ["'self'"] },
      },
      strictTransportSecurity: isEncrypted ? { maxAge: 31_536_000 } : false,
      referrerPolicy: { policy: 'no-referrer' },
      crossOriginResourcePolicy: { policy: 'same-origin' },
    }); // prettier-ignore
    app.get('/', (_request, reply) => reply.code(204).send());
    const { headers } = await app.inject('/');
    const own = ['date', 'connection', 'content-length', 'keep-alive'];
    return Object.entries(headers).flatMap(([name, value]) =>
      own.includes(name) ? [] : [[name, String(value)] as const],
    );
  } finally {
    await app.close();
  }
}
