/** `--wait`: a session starts when its exchange can be reached and is not under maintenance. */
import type { CcxtStoreOptions } from '../../connectors/ccxt/index.ts';
import { ConnectorError, messageOf, type Runtime } from '../../core/index.ts';

/** How often the exchange is asked, in milliseconds. */
const askMs = 15_000;

/**
 * Resolves when the exchange answers with its time and does not say that it is under maintenance.
 *
 * @param tell - Called when the reason changes, with one sentence.
 */
export async function exchangeIsBack(
  exchange: string,
  connection: Omit<CcxtStoreOptions, 'exchange'>,
  {
    runtime,
    signal,
    tell,
  }: { readonly runtime: Runtime; readonly signal: AbortSignal; readonly tell: (text: string) => void },
): Promise<void> {
  const { CcxtStore } = await import('../../connectors/ccxt/index.ts');
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    const why = await reasonOf(new CcxtStore({ ...connection, exchange, publicOnly: true, retry: { attempts: 1 } }));
    if (why === undefined) return;
    if (why !== said) tell(`waiting for ${exchange}: ${why}`);
    said = why;
    await runtime.sleep(askMs);
  }
}

/** Why a session cannot start yet; undefined when it can. @throws An error that waiting does not cure. */
async function reasonOf(
  store: InstanceType<(typeof import('../../connectors/ccxt/index.ts'))['CcxtStore']>,
): Promise<string | undefined> {
  try {
    const ccxt = await store.open();
    await store.markets();
    const { fetchStatus } = ccxt as { readonly fetchStatus?: () => Promise<{ readonly status?: string }> };
    if (ccxt.has['fetchStatus'] !== true || fetchStatus === undefined) return undefined;
    const { status } = await store.readOnce('ask for its status', () => fetchStatus.call(ccxt));
    return status === undefined || status === 'ok' ? undefined : `its status is ${status}`;
  } catch (error) {
    if (error instanceof ConnectorError && (error.retryable || error.code === 'maintenance')) return messageOf(error);
    throw error;
  }
}
