/** The accounts at venues as a part of the report: balances with what was booked, fees by currency, liquidations and transfers. */
import type { AccountPayment, AccountState } from '../broker/index.ts';
import type { RunResult } from '../engine/index.ts';
import type { PlacedFill } from './gather/fills.ts';
import { section, type Section } from './shell.ts';
import { escapeHtml } from './text/html.ts';
import { amount, count, counted, moment, percent } from './text/words.ts';

/** The most liquidations and transfers that are listed; the result holds all of them. */
const mostListed = 200;

/** Reasons to book an amount, in words. */
const kinds: Readonly<Record<string, string>> = {
  deposit: 'At the start', trade: 'Bought and sold', fee: 'Fees', profit: 'Realised profit', funding: 'Funding', interest: 'Interest',
  liquidationFee: 'Liquidation fees', insurance: 'Insurance', transfer: 'Transfers',
}; // prettier-ignore

type Row = readonly string[];

/** The part, or undefined for a run without an account at a venue. */
export function accountSection({ account }: RunResult, fills: readonly PlacedFill[]): Section | undefined {
  if (account === undefined) return undefined;
  const { accounts, liquidations, transfers, dust, withoutRate, funding, interest } = account;
  const cards = [
    ...accounts.map((one) => balances(one, accounts.length > 1)),
    feesByCurrency(fills),
    payments('Funding', 'What positions in perpetual contracts received; negative when paid.', 'funding', funding),
    payments('Interest', 'What was charged on borrowed money and coins.', 'interest', interest),
    listed(
      'Liquidations',
      'Positions that the venue closed because their margin did not suffice.',
      ['When, UTC', 'Data', 'Side', 'Size', 'Price', 'Loss', 'Fee', 'Currency'],
      liquidations.map(({ time, data, side, size, price, loss, fee, currency }) => [moment(time), data, side, amount(size), amount(price), cellOf(loss), cellOf(fee), currency]),
    ),
    listed(
      'Transfers',
      'Money moved between the accounts.',
      ['When, UTC', 'From', 'To', 'Amount', 'Currency'],
      transfers.map(({ time, account: from, to, amount: moved, currency }) => [moment(time), from, to ?? '-', cellOf(moved), currency]),
    ),
    listed(
      'Dust',
      'Coins held below the smallest order of their instrument.',
      ['Currency', 'Account', 'Size', 'Value'],
      dust.map(({ currency, account: name, size, value }) => [currency, name, amount(size), cellOf(value)]),
    ),
    ...(withoutRate.length === 0 ? [] : [`<div class="card"><h3>Without a rate</h3><p class="note">The value of the account leaves these currencies out, because no data converts them: ${escapeHtml(withoutRate.join(', '))}.</p></div>`]),
  ]; // prettier-ignore
  return section(
    'account',
    'Account',
    `What the venue’s ${accounts.length > 1 ? 'accounts hold' : 'account holds'}; value and equity are in ${escapeHtml(account.currency)}.`,
    cards.join(''),
  );
}

/** Balances by currency, each the sum of its bookings. */
function balances({ name, wallet, equity, booked }: AccountState, isNamed: boolean): string {
  const used = Object.keys(kinds).filter((kind) => Object.values(booked).some((row) => Number((row as Readonly<Record<string, string>>)[kind] ?? 0) !== 0)); // prettier-ignore
  const head = ['Currency', ...used.map((kind) => kinds[kind]!), 'Balance', 'With unrealised'];
  const rows = Object.entries(wallet).map(([currency, balance]) => [
    `<th scope="row">${escapeHtml(currency)}</th>`,
    ...used.map((kind) => `<td class="value">${cellOf(Number((booked[currency] as Readonly<Record<string, string>> | undefined)?.[kind] ?? 0))}</td>`), // prettier-ignore
    `<td class="value" data-balance="${escapeHtml(`${name} ${currency}`)}" data-value="${escapeHtml(balance)}"><b>${cellOf(Number(balance))}</b></td>`,
    `<td class="value">${cellOf(equity[currency] ?? Number(balance))}</td>`,
  ]);
  return `<div class="card long"><h3>Balances${isNamed ? ` of ${escapeHtml(name)}` : ''}</h3><p class="note">What was booked for each reason; their sum is the balance.</p>${tableOf(head, rows)}</div>`;
}

/** What fills cost, by the currency that each fee was taken in. */
function feesByCurrency(fills: readonly PlacedFill[]): string {
  const sums = new Map<string, { fee: number; fills: number; maker: number }>();
  for (const { fill } of fills) {
    const { fee, feeCurrency, role } = fill;
    if (fee === undefined || feeCurrency === undefined) continue;
    const sum = sums.get(feeCurrency) ?? { fee: 0, fills: 0, maker: 0 };
    sums.set(feeCurrency, sum);
    sum.fee += fee;
    sum.fills++;
    if (role === 'maker') sum.maker++;
  }
  if (sums.size === 0) return '';
  const rows = [...sums].map(([currency, sum]) => [
    `<th scope="row">${escapeHtml(currency)}</th>`,
    `<td class="value" data-fees="${escapeHtml(currency)}" data-value="${sum.fee}">${cellOf(sum.fee)}</td>`,
    `<td class="value">${count(sum.fills)}</td>`,
    `<td class="value">${percent(sum.maker / sum.fills, 1)}</td>`,
  ]);
  return `<div class="card long"><h3>Fees by currency</h3><p class="note">Of the fills, in the currency that each fee was taken in; a negative sum is a rebate.</p>${tableOf(['Currency', 'Fees', 'Fills', 'As maker'], rows)}</div>`;
}

/** Payments of one kind, summed by data and currency. */
function payments(title: string, about: string, kind: string, all: readonly AccountPayment[]): string {
  if (all.length === 0) return '';
  const sums = new Map<string, { readonly data: string; readonly currency: string; amount: number; times: number }>();
  for (const { data = '-', currency, amount: paid } of all) {
    const key = `${data} ${currency}`;
    const sum = sums.get(key) ?? { data, currency, amount: 0, times: 0 };
    sums.set(key, sum);
    sum.amount += paid;
    sum.times++;
  }
  const rows = [...sums].map(([key, { data, currency, amount: paid, times }]) => [
    `<th scope="row">${escapeHtml(data)}</th>`,
    `<td class="value" data-${kind}="${escapeHtml(key)}" data-value="${paid}">${cellOf(paid)}</td>`,
    `<td>${escapeHtml(currency)}</td>`,
    `<td class="value">${count(times)}</td>`,
  ]);
  return `<div class="card long"><h3>${title}</h3><p class="note">${about}</p>${tableOf(['Data', 'Amount', 'Currency', 'Payments'], rows)}</div>`;
}

function listed(title: string, about: string, head: Row, rows: readonly Row[]): string {
  if (rows.length === 0) return '';
  const more = rows.length > mostListed ? ` The last ${mostListed} of ${counted(rows.length, 'row')}.` : '';
  const cells = rows.slice(-mostListed).map((row) => row.map((text) => `<td${/^[-+]?[\d.,]+$/.test(text) ? ' class="value"' : ''}>${escapeHtml(text)}</td>`)); // prettier-ignore
  return `<div class="card long"><h3>${title}</h3><p class="note">${about}${more}</p>${tableOf(head, cells)}</div>`;
}

function tableOf(head: Row, rows: readonly Row[]): string {
  const heads = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.join('')}</tr>`).join('');
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(head.join(', '))}"><table class="metrics booked"><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** An amount; a dash for none. */
function cellOf(value: number): string {
  return value === 0 ? '-' : amount(value);
}
