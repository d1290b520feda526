/** The page's script: draws the charts, fills the tables, links them, and follows the theme. */
import type { ReportModel } from '../model.ts';
import { forgetChunks } from './chunks.ts';
import { drawnSignal, endDrawn } from './lifetime.ts';
import { followRun, takeNewParts } from './live.ts';
import { PerformanceChart } from './performance-chart.ts';
import type { PriceChart } from './price-chart.ts';
import { PriceCharts, type KeptCharts } from './price-charts.ts';
import { printChart } from './printed.ts';
import { TableData } from './table-data.ts';
import { DataTable } from './tables.ts';
import { beginTheme } from './theme.ts';

const dayMs = 86_400_000;
const spans: Readonly<Record<string, number>> = { '1d': dayMs, '1w': 7 * dayMs, '1m': 30 * dayMs, '3m': 91 * dayMs, '1y': 365 * dayMs, all: Infinity }; // prettier-ignore

/** Draws the page; `kept` is what its charts showed before it was drawn again. */
async function begin(kept?: KeptCharts): Promise<Drawn> {
  const listening = { signal: drawnSignal() };
  const model = JSON.parse(document.getElementById('model')!.textContent) as ReportModel;
  const [trades, orders] = await Promise.all(
    ['trades', 'orders'].map(async (id) => {
      const table = model.tables.find((one) => one.id === id);
      return table === undefined ? undefined : TableData.load(table);
    }),
  );
  const performance = drawPerformance(model);
  const prices = new PriceCharts(model.prices, {
    kept,
    trades,
    orders,
    link: (price, number) => link(price, prices.placeOf(number), tradeTable, choose),
  });
  const tables: DataTable[] = [];
  const decimalsFor = (data: TableData) => (row: number) =>
    model.prices.find(({ name }) => name === data.text(row, 'data'))?.decimals ?? 2;
  let tradeTable: DataTable | undefined;
  const choose = (row: number | undefined): void => {
    tradeTable?.mark(row);
    if (row === undefined) {
      for (const price of prices.drawn) void price.choose(undefined);
      return;
    }
    const number = prices.numberOf(trades?.text(row, 'data'));
    void prices.show(number).then((price) => price.choose(row));
    const root = prices.placeOf(number);
    const box = root.getBoundingClientRect();
    if (box.top < 0 || box.top > innerHeight * 0.6) root.scrollIntoView({ behavior: 'smooth', block: 'start' });
    announce(`Trade ${trades?.number(row, 'ref') ?? ''} is shown on the chart.`);
  };
  if (trades !== undefined) {
    tradeTable = new DataTable(document.querySelector('[data-table="trades"]')!, trades, decimalsFor(trades), choose);
    tables.push(tradeTable);
  }
  if (orders !== undefined) {
    const orderTable = new DataTable(
      document.querySelector('[data-table="orders"]')!,
      orders,
      decimalsFor(orders),
      (row) => {
        // prettier-ignore
        orderTable.mark(row);
        const number = prices.numberOf(orders.text(row, 'data'));
        void prices.show(number).then((price) => {
          for (const one of prices.drawn) void one.chooseOrder(one === price ? row : undefined);
        });
        prices.placeOf(number).scrollIntoView({ behavior: 'smooth', block: 'start' });
        announce(`Order ${orders.number(row, 'ref')} is shown on the chart.`);
      },
    );
    tables.push(orderTable);
  }
  const shown = (event: Event): void => {
    const row = (event as CustomEvent<number | undefined>).detail;
    tradeTable?.mark(row);
    for (const price of prices.drawn) if (row === undefined) price.marks.choose(undefined);
    if (row !== undefined)
      void prices.show(prices.numberOf(trades?.text(row, 'data'))).then((price) => price.choose(row));
  };
  document.addEventListener('trade', shown, listening);
  const seek = (event: Event): void => {
    for (const price of prices.drawn) void price.goToTime((event as CustomEvent<number>).detail);
  };
  document.addEventListener('moment', seek, listening);
  await Promise.all([performance?.begin(), prices.begin()]);
  const recolour = (): void => {
    performance?.recolour();
    for (const price of prices.drawn) price.recolour();
  };
  beginTheme(recolour);
  let isPrinted = false;
  let opened: HTMLDetailsElement[] = [];
  const print = (isPrinting: boolean): void => {
    if (isPrinting === isPrinted) return;
    isPrinted = isPrinting;
    document.documentElement.classList.toggle('printing', isPrinting);
    // Warnings that are closed on the screen are read on paper.
    if (isPrinting) opened = [...document.querySelectorAll<HTMLDetailsElement>('details.warned:not([open])')];
    for (const one of opened) one.open = isPrinting;
    recolour();
    const { shown: charts } = prices;
    for (const { chart, element } of performance === undefined ? charts : [performance, ...charts])
      printChart(chart, element, isPrinting);
    for (const table of tables) table.print(isPrinting);
  };
  window.addEventListener('beforeprint', () => print(true), listening);
  window.addEventListener('afterprint', () => print(false), listening);
  matchMedia('print').addEventListener('change', ({ matches }) => print(matches), listening);
  Object.assign(window, { nextbar: { model, performance, trades, orders, choose } });
  Object.defineProperty((window as unknown as Record<string, object>)['nextbar'], 'prices', {
    get: () => prices.drawn,
  });
  document.documentElement.dataset['ready'] = 'yes';
  return {
    live: model.live,
    kept: () => prices.kept,
    remove: () => {
      endDrawn();
      for (const { chart } of prices.drawn) chart.remove();
      performance?.chart.remove();
    },
  };
}

/** What a drawn page is known by while it follows a run. */
interface Drawn {
  /** Where changes are announced; undefined for a page that stands alone. */
  readonly live: string | undefined;
  /** What its charts show. */
  readonly kept: () => KeptCharts;
  readonly remove: () => void;
}

/** Draws the page, and again whenever its run has changed. */
async function drawAndFollow(): Promise<void> {
  let drawn = await begin();
  if (drawn.live === undefined) return;
  followRun(drawn.live, async () => {
    const kept = drawn.kept();
    drawn.remove();
    await takeNewParts();
    forgetChunks();
    drawn = await begin(kept);
    document.body.style.minHeight = '';
  });
}

function drawPerformance(model: ReportModel): PerformanceChart | undefined {
  const root = document.querySelector<HTMLElement>('[data-performance]');
  if (root === null || model.performance === undefined) return undefined;
  return new PerformanceChart(
    model.performance,
    root.querySelector<HTMLElement>('.canvas')!,
    root.querySelector<HTMLElement>('.legend')!,
  );
}

/** Buttons and keys of one chart. */
function link(
  price: PriceChart,
  root: HTMLElement,
  table: DataTable | undefined,
  choose: (row: number | undefined) => void,
): void {
  for (const button of root.querySelectorAll<HTMLButtonElement>('[data-span]')) {
    button.addEventListener('click', () => void price.showLast(spans[button.dataset['span']!]!));
  }
  const step = (way: 1 | -1): void => {
    const row = table?.next(way);
    if (row !== undefined) choose(row);
  };
  root.querySelector('[data-step="-1"]')?.addEventListener('click', () => step(-1));
  root.querySelector('[data-step="1"]')?.addEventListener('click', () => step(1));
  root.querySelector('.canvas')!.addEventListener('keydown', (event) => {
    const keys: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => price.move(-0.2),
      ArrowRight: () => price.move(0.2),
      '+': () => price.move(0, 0.6),
      '=': () => price.move(0, 0.6),
      '-': () => price.move(0, 1.6),
      Home: () => void price.view.goTo(0, price.view.visible[1] - price.view.visible[0]),
      End: () => void price.showLast((price.view.visible[1] - price.view.visible[0]) * price.model.frameMs),
      n: () => step(1),
      p: () => step(-1),
      Escape: () => {
        choose(undefined);
        void price.chooseOrder(undefined);
      },
    };
    const act = keys[(event as KeyboardEvent).key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function announce(text: string): void {
  document.getElementById('said')!.textContent = text;
}

void drawAndFollow().catch((error: unknown) => {
  document.documentElement.dataset['ready'] = 'failed';
  const said = document.getElementById('failed');
  if (said !== null) {
    said.hidden = false;
    said.textContent = `The charts could not be drawn in this browser: ${String(error)}. The figures and tables below them are complete.`;
  }
  throw error;
});
