/** What Binance's codes for contracts say of an order, wherever its API is reached. */
import { describe, expect, it } from 'vitest';

import { ConnectorError } from '../../../../src/core/index.ts';
import { outcomeOf } from '../../../../src/connectors/ccxt/orders/outcomes.ts';

const answered = (code: number): unknown =>
  new ConnectorError('binanceusdm refused', {
    code: 'exchange-error',
    cause: new Error(`binanceusdm {"code":${code},"msg":"Some words."}`),
  });

describe('an order that Binance answered with a code', () => {
  it.each([
    [-2019, 'insufficient-funds'],
    [-2021, 'order-immediately-fillable'],
    [-2022, 'operation-rejected'],
    [-2027, 'operation-rejected'],
    [-1111, 'operation-rejected'],
    [-4164, 'operation-rejected'],
    [-5022, 'operation-rejected'],
  ])('%i was refused', (code, said) => {
    expect(outcomeOf(answered(code))).toMatchObject({ kind: 'refused', code: said });
  });

  it.each([-1000, -1001, -1006, -1007, -1008])('%i may have been taken', (code) => {
    expect(outcomeOf(answered(code))).toMatchObject({ kind: 'unknown' });
  });
});
