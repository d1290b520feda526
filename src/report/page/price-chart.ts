/** One data: candles and volume, lines on their panes, trades and marks over them, and a legend that follows the pointer. */
import { AreaSeries, CandlestickSeries, createChart, HistogramSeries, LineSeries, LineStyle, LineType, type IChartApi, type ISeriesApi, type MouseEventParams, type PriceFormatCustom, type SeriesType, type UTCTimestamp } from 'lightweight-charts'; // prettier-ignore

import type { LineModel, MarkModel, PriceModel } from '../model.ts';
import { loadJson } from './chunks.ts';
import { chartOptions, coloursNow, faded, type Colours } from './colours.ts';
import { LevelView, type Shown } from './level-view.ts';
import { followSize } from './printed.ts';
import { chartOrders, orderGroups, OrderMarks } from './order-marks.ts';
import type { TableData } from './table-data.ts';
import { levelText, TradeMarks, type ChartTrade, type OrderLevel } from './trade-marks.ts';
import { grouped, moment, plain } from './words.ts';

/** Bars of a first look. */
const firstLook = 260;
const fewestLook = 40;

interface DrawnLine {
  readonly model: LineModel;
  readonly series: ISeriesApi<SeriesType>;
  readonly value: HTMLElement;
  readonly swatch: HTMLElement;
  readonly order: number;
}

/** The chart of one data. */
export class PriceChart {
  readonly model: PriceModel;
  readonly chart: IChartApi;
  readonly view: LevelView;
  readonly marks: TradeMarks;
  readonly orders: OrderMarks;
  readonly element: HTMLElement;
  readonly #candles: ISeriesApi<'Candlestick'>;
  readonly #volume: ISeriesApi<'Histogram'>;
  readonly #lines: DrawnLine[] = [];
  readonly #legend: HTMLElement;
  #colours: Colours;
  #shown: Shown | undefined;
  #trades: TableData | undefined;
  #orders: TableData | undefined;

  constructor(model: PriceModel, element: HTMLElement, legend: HTMLElement) {
    this.model = model;
    this.element = element;
    this.#legend = legend;
    this.#colours = coloursNow();
    const panes = [...new Set(model.lines.map(({ pane }) => pane))].filter((pane) => pane !== 'price');
    element.style.height = `${(element.clientWidth < 560 ? 320 : 440) + Math.min(panes.length, 8) * 110}px`;
    this.chart = createChart(element, chartOptions(this.#colours));
    followSize(this.chart, element);
    this.#candles = this.chart.addSeries(CandlestickSeries, {
      priceFormat: formatOf(model.decimals),
      borderVisible: false,
    });
    this.#candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.2 } });
    this.#volume = this.chart.addSeries(HistogramSeries, {
      priceScaleId: 'volume',
      priceFormat: { type: 'volume' },
      priceLineVisible: false,
      lastValueVisible: false,
    });
    this.#volume.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.view = new LevelView(this.chart, element, model.bars, (shown) => this.#show(shown));
    this.orders = new OrderMarks(this.chart, this.#candles, this.view, this.#colours, model.decimals);
    this.#candles.attachPrimitive(this.orders);
    this.marks = new TradeMarks(this.chart, this.#candles, this.view, this.#colours);
    this.#candles.attachPrimitive(this.marks);
    model.lines.forEach((line, k) => this.#addLine(line, k, panes));
    this.chart.panes().forEach((pane, k) => pane.setStretchFactor(k === 0 ? 4 : 1));
    this.recolour();
    this.chart.subscribeCrosshairMove((event) => this.#point(event));
    this.chart.subscribeClick((event) => this.#click(event));
  }

  /** Shows the last bars, or all of few; `kept` is a range from before a refresh. */
  async begin(
    trades: TableData | undefined,
    orders: TableData | undefined,
    kept?: readonly [number, number],
  ): Promise<void> {
    this.#trades = trades;
    this.#orders = orders;
    const marks = (await loadJson(this.model.marks)) as readonly MarkModel[];
    const own = trades === undefined ? [] : this.#chartTrades(trades);
    const { length } = this.view;
    const last = own.at(-1);
    // A candle of few would be as wide as the chart.
    const look = Math.max(fewestLook, Math.min(length, this.element.clientWidth < 560 ? firstLook / 2 : firstLook));
    // Where the last trades are, not where the data ends: a run that stopped trading long ago would show none.
    const end = last === undefined ? length : Math.min(length, Math.max(look, last.to + Math.round(look * 0.08)));
    if (kept !== undefined && kept[0] < length) await this.view.goTo(kept[0], Math.min(kept[1], length));
    else await this.view.goTo(end - look, end);
    const placed = await Promise.all(
      marks.map(async (mark) => ({ ...mark, index: await this.view.indexAt(mark.time, this.model.frameMs) })),
    );
    this.marks.setData(own, placed);
    if (orders !== undefined) this.orders.setData(chartOrders(orders, this.model.name, this.model.firstIndex, length - 1)); // prettier-ignore
    this.#addFilters(placed.length);
    this.#point();
  }

  /** Shows the last `ms`, or all of it. */
  async showLast(ms: number): Promise<void> {
    const { length } = this.view;
    const bars = Number.isFinite(ms) ? Math.max(10, Math.round(ms / this.model.frameMs)) : length;
    await this.view.goTo(Math.max(0, length - bars), length);
  }

  async goToTime(time: number): Promise<void> {
    const index = await this.view.indexAt(time, this.model.frameMs);
    await this.view.goTo(Math.max(0, index - 100), index + 100);
  }

  /** Chooses the trade of a row of the table, and brings it into view. */
  async choose(row: number | undefined): Promise<void> {
    const trade = this.marks.trades.find((one) => one.row === row);
    this.marks.choose(trade, trade === undefined ? [] : this.#levelsOf(trade));
    if (trade === undefined) return;
    const room = Math.max(40, (trade.to - trade.from) * 0.8);
    await this.view.goTo(Math.max(0, trade.from - room), Math.min(this.view.length + room / 2, trade.to + room));
  }

  /** Chooses the order of a row of the table, and brings it into view. */
  async chooseOrder(row: number | undefined): Promise<void> {
    const order = this.orders.orders.find((one) => one.row === row);
    this.orders.choose(order);
    if (order === undefined) return;
    const room = Math.max(40, (order.to - order.from) * 0.8);
    await this.view.goTo(Math.max(0, order.from - room), Math.min(this.view.length + room / 2, order.to + room));
  }

  recolour(): void {
    const colours = (this.#colours = coloursNow());
    const { up, down, palette } = colours;
    this.chart.applyOptions(chartOptions(colours));
    this.#candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, priceLineColor: colours.muted }); // prettier-ignore
    for (const { model, series, swatch, order } of this.#lines) {
      const colour = model.colour ?? palette[order % palette.length]!;
      swatch.style.background = colour;
      series.applyOptions(
        model.style === 'area'
          ? { lineColor: colour, topColor: faded(colour, 0.3), bottomColor: faded(colour, 0.02) }
          : { color: model.style === 'dots' ? 'transparent' : colour, ...(model.style === 'dots' && { pointMarkersVisible: true, color: colour, lineVisible: false }) }, // prettier-ignore
      );
    }
    this.marks.colours = colours;
    this.orders.colours = colours;
    if (this.#shown !== undefined) this.#show(this.#shown);
  }

  /** Moves the view by a share of its width, or zooms by a factor. */
  move(share: number, zoom = 1): void {
    const [from, to] = this.view.visible;
    const span = (to - from) * zoom;
    const middle = (from + to) / 2 + (to - from) * share;
    void this.view.goTo(middle - span / 2, middle + span / 2);
  }

  #addLine(line: LineModel, order: number, panes: readonly string[]): void {
    const pane = line.pane === 'price' ? 0 : panes.indexOf(line.pane) + 1;
    const isPrice = line.pane === 'price';
    const column = this.model.bars.columns.find(({ name }) => name === line.column)!;
    const precision = isPrice ? this.model.decimals : column.decimals <= 5 ? Math.min(column.decimals, 2) : 4;
    const common = {
      priceFormat: formatOf(precision),
      priceLineVisible: false,
      lastValueVisible: !isPrice,
      title: '',
      crosshairMarkerRadius: 3,
      ...(isPrice && { autoscaleInfoProvider: () => null }),
    } as const;
    const width = Math.max(1, Math.round(line.width)) as 1 | 2 | 3 | 4;
    const series =
      line.style === 'histogram'
        ? this.chart.addSeries(HistogramSeries, common, pane)
        : line.style === 'area'
          ? this.chart.addSeries(AreaSeries, { ...common, lineWidth: width }, pane)
          : this.chart.addSeries(
              LineSeries,
              {
                ...common,
                lineWidth: width,
                lineStyle: line.style === 'dashed' ? LineStyle.Dashed : line.style === 'dotted' ? LineStyle.Dotted : LineStyle.Solid,
                lineType: line.style === 'step' ? LineType.WithSteps : LineType.Simple,
                ...(line.style === 'dots' && { pointMarkersVisible: true, lineVisible: false }),
              },
              pane,
            ); // prettier-ignore
    for (const price of line.levels) {
      series.createPriceLine({ price, color: faded(this.#colours.muted, 0.6), lineStyle: LineStyle.Dashed, lineWidth: 1, axisLabelVisible: false, title: '' }); // prettier-ignore
    }
    const { item, swatch, value } = this.#key(line.label, (isShown) => {
      series.applyOptions({ visible: isShown });
    });
    this.#legend.querySelector('.keys')!.append(item);
    this.#lines.push({ model: line, series, value, swatch, order });
  }

  /** A button of the legend that shows or hides something. */
  #key(
    label: string,
    show: (isShown: boolean) => void,
  ): { readonly item: HTMLElement; readonly swatch: HTMLElement; readonly value: HTMLElement } {
    const item = document.createElement('button');
    item.type = 'button';
    item.className = 'key';
    item.setAttribute('aria-pressed', 'true');
    item.title = `Show or hide ${label}`;
    const swatch = document.createElement('i');
    const value = document.createElement('b');
    item.append(swatch, label, value);
    item.addEventListener('click', () => {
      const isOn = item.getAttribute('aria-pressed') === 'true';
      item.setAttribute('aria-pressed', String(!isOn));
      show(!isOn);
    });
    return { item, swatch, value };
  }

  /** Buttons that show and hide trades, each group of orders, and marks, with how many there are. */
  #addFilters(marks: number): void {
    const row = document.createElement('div');
    row.className = 'keys filters';
    row.setAttribute('role', 'group');
    row.setAttribute('aria-label', 'What is drawn over the bars');
    const add = (label: string, kind: string, count: number, show: (isShown: boolean) => void): void => {
      if (count === 0) return;
      const { item, value } = this.#key(label, show);
      item.dataset['filter'] = kind;
      value.textContent = ` ${plain(count)}`;
      row.append(item);
    };
    add('trades', 'trades', this.marks.trades.length, (isShown) => this.marks.show({ trades: isShown }));
    for (const group of orderGroups)
      add(`${group} orders`, group, this.orders.count(group), (isShown) => this.orders.show(group, isShown));
    add('marks', 'marks', marks, (isShown) => this.marks.show({ marks: isShown }));
    if (row.children.length > 0) this.#legend.append(row);
  }

  #show(shown: Shown): void {
    this.#shown = shown;
    const { columns } = shown;
    const time = columns['time']!;
    const [open, high, low, close] = [columns['open']!, columns['high']!, columns['low']!, columns['close']!];
    const volume = columns['volume']!;
    const { up, down } = this.#colours;
    const [rise, fall] = [faded(up, 0.32), faded(down, 0.32)];
    const candles = new Array<object>(time.length);
    const volumes = new Array<object>(time.length);
    for (let i = 0; i < time.length; i++) {
      const at = (time[i]! / 1000) as UTCTimestamp;
      candles[i] = { time: at, open: open[i]!, high: high[i]!, low: low[i]!, close: close[i]! };
      volumes[i] = { time: at, value: volume[i]!, color: close[i]! >= open[i]! ? rise : fall };
    }
    this.#candles.setData(candles as never);
    this.#volume.setData(volumes as never);
    for (const { model, series } of this.#lines) {
      const values = columns[model.column]!;
      const points = new Array<object>(time.length);
      const isLine = model.style !== 'histogram' && model.style !== 'area' && model.style !== 'dots';
      const isStep = model.style === 'step';
      const isTwoToned = model.style === 'histogram' && model.colour === undefined;
      for (let i = 0; i < time.length; i++) {
        const at = time[i]! / 1000;
        const value = values[i]!;
        if (value !== value) points[i] = { time: at };
        // A line goes on to its next value, unless it is broken off here.
        else if (isLine && (values[i + 1] !== values[i + 1] || (isStep && i > 0 && values[i - 1] !== values[i - 1])))
          points[i] = { time: at, value, color: 'transparent' };
        else if (isTwoToned) points[i] = { time: at, value, color: value >= 0 ? faded(up, 0.7) : faded(down, 0.7) };
        else points[i] = { time: at, value };
      }
      series.setData(points as never);
    }
  }

  #point({ logical, point }: Partial<MouseEventParams> = {}): void {
    const shown = this.#shown;
    if (shown === undefined) return;
    const { columns } = shown;
    const time = columns['time']!;
    const at = point === undefined || logical === undefined ? time.length - 1 : Math.max(0, Math.min(time.length - 1, Math.round(logical))); // prettier-ignore
    const { decimals } = this.model;
    const [open, close] = [columns['open']![at]!, columns['close']![at]!];
    const figures = [
      ['O', open],
      ['H', columns['high']![at]!],
      ['L', columns['low']![at]!],
      ['C', close],
    ] as const;
    const change = open === 0 ? 0 : close / open - 1;
    const text = figures.map(([name, value]) => `<span>${name} <b>${grouped(value, decimals)}</b></span>`).join('');
    const tone = change >= 0 ? 'up' : 'down';
    this.#legend.querySelector('.ohlc')!.innerHTML =
      `<span class="when">${moment(time[at]!)}${shown.factor > 1 ? ` · ${shown.factor} bars each` : ''}</span>${text}` +
      `<span class="${tone}">${change >= 0 ? '+' : ''}${grouped(change * 100, 2)} %</span><span>Vol <b>${plain(columns['volume']![at]!, 3)}</b></span>`;
    for (const { model, value } of this.#lines) {
      const number = columns[model.column]![at]!;
      value.textContent = number === number ? ` ${plain(number, Math.max(2, decimals))}` : '';
    }
  }

  #click({ logical, point }: MouseEventParams): void {
    if (logical === undefined || point === undefined) return;
    const index = logical * this.view.factor + (this.view.visible[0] - this.chart.timeScale().getVisibleLogicalRange()!.from * this.view.factor); // prettier-ignore
    const slack = 8 * this.view.factor * (1 / Math.max(0.5, this.chart.timeScale().options().barSpacing)) + 0.5 * this.view.factor; // prettier-ignore
    const hit = this.marks.trades.find((trade) => index >= trade.from - slack && index <= trade.to + slack);
    this.element.dispatchEvent(new CustomEvent('trade', { bubbles: true, detail: hit?.row }));
  }

  #chartTrades(table: TableData): ChartTrade[] {
    const found: ChartTrade[] = [];
    const { firstIndex, name } = this.model;
    const last = this.view.length - 1;
    for (let row = 0; row < table.rows; row++) {
      if (table.text(row, 'data') !== name) continue;
      const [from, to] = [table.number(row, 'openIndex') - firstIndex, table.number(row, 'closeIndex') - firstIndex];
      const isOpen = table.text(row, 'exit') === 'open';
      if (!isOpen && to < 0) continue;
      found.push({
        row,
        ref: table.number(row, 'ref'),
        isLong: table.text(row, 'side') === 'long',
        from,
        to: isOpen ? last : to,
        isOpen,
        entry: table.number(row, 'openPrice'),
        exit: isOpen ? table.number(row, 'openPrice') : table.number(row, 'closePrice'),
        profit: table.number(row, 'pnlNet'),
      });
    }
    return found.sort((a, b) => a.from - b.from);
  }

  /** The orders with a price that waited while a trade was open: its stops and targets. */
  #levelsOf(trade: ChartTrade): OrderLevel[] {
    const [orders, trades] = [this.#orders, this.#trades];
    if (orders === undefined || trades === undefined) return [];
    const [opened, closed] = [trades.number(trade.row, 'openTime'), trade.isOpen ? Infinity : trades.number(trade.row, 'closeTime')]; // prettier-ignore
    const exitSide = trade.isLong ? 'sell' : 'buy';
    const levels = new Map<string, OrderLevel>();
    for (let row = 0; row < orders.rows && levels.size < 8; row++) {
      const placed = orders.number(row, 'createdTime');
      if (placed < opened - this.model.frameMs * 1.5 || placed > closed) continue;
      if (orders.text(row, 'data') !== this.model.name || orders.text(row, 'side') !== exitSide) continue;
      const type = orders.text(row, 'type');
      if (type === 'market' || type === 'close') continue;
      const price = orders.number(row, 'price');
      const text = levelText(type, price, this.model.decimals);
      levels.set(text, { price, text });
    }
    return [...levels.values()];
  }
}

/** How an axis writes its values: the library's own form loses the digits of tiny prices. */
function formatOf(decimals: number): PriceFormatCustom {
  return { type: 'custom', minMove: 10 ** -decimals, formatter: (value: number) => grouped(value, decimals) };
}
