/** The portfolio over time: value beside buying and holding, drawdown and exposure, one pane each. */
import { AreaSeries, BaselineSeries, createChart, HistogramSeries, LineSeries, LineStyle, type IChartApi, type ISeriesApi, type MouseEventParams, type SeriesType } from 'lightweight-charts'; // prettier-ignore

import type { CurveModel, PerformanceModel } from '../model.ts';
import { chartOptions, coloursNow, faded, type Colours } from './colours.ts';
import { LevelView, type Shown } from './level-view.ts';
import { followSize } from './printed.ts';
import { grouped, moment, money } from './words.ts';

interface Drawn {
  readonly model: CurveModel;
  readonly series: ISeriesApi<SeriesType>;
  readonly value: HTMLElement;
  readonly swatch: HTMLElement;
}

/** Above this the library draws no value. */
const mostDrawn = 1e13;

/** The chart of a portfolio, or of several beside each other. */
export class PerformanceChart {
  readonly chart: IChartApi;
  readonly element: HTMLElement;
  readonly view: LevelView;
  readonly #drawn: Drawn[] = [];
  readonly #legend: HTMLElement;
  #shown: Shown | undefined;
  /** What amounts are divided by to be drawn. */
  #unit = 1;

  constructor(model: PerformanceModel, element: HTMLElement, legend: HTMLElement) {
    this.#legend = legend;
    const panes = [...new Set(model.curves.map(({ pane }) => pane))];
    element.style.height = `${(element.clientWidth < 560 ? 220 : 300) + (panes.length - 1) * 96}px`;
    this.element = element;
    this.chart = createChart(element, chartOptions(coloursNow()));
    followSize(this.chart, element);
    this.view = new LevelView(this.chart, element, model.steps, (shown) => this.#show(shown));
    for (const curve of model.curves) this.#add(curve, panes.indexOf(curve.pane));
    this.chart.panes().forEach((pane, k) => pane.setStretchFactor(k === 0 ? 3.2 : 1));
    this.recolour();
    this.chart.subscribeCrosshairMove((event) => this.#point(event));
    this.chart.subscribeClick(({ time }) => {
      if (typeof time === 'number')
        element.dispatchEvent(new CustomEvent('moment', { bubbles: true, detail: time * 1000 }));
    });
  }

  async begin(): Promise<void> {
    await this.view.goTo(0, this.view.length - 1);
    this.#point();
  }

  recolour(): void {
    const colours = coloursNow();
    this.chart.applyOptions(chartOptions(colours));
    for (const { model, series, swatch } of this.#drawn) {
      const colour = colourOf(model, colours);
      swatch.style.background = colour;
      if (model.style === 'area')
        series.applyOptions({ lineColor: colour, topColor: faded(colour, 0.26), bottomColor: faded(colour, 0.01) }); // prettier-ignore
      else if (model.style === 'below')
        series.applyOptions({
          baseValue: { type: 'price', price: 0 },
          topLineColor: colour,
          bottomLineColor: colour,
          topFillColor1: 'transparent',
          topFillColor2: 'transparent',
          bottomFillColor1: faded(colour, 0.08),
          bottomFillColor2: faded(colour, 0.34),
        });
      else series.applyOptions({ color: model.style === 'histogram' ? faded(colour, 0.55) : colour });
    }
  }

  #add(curve: CurveModel, pane: number): void {
    const common = {
      priceLineVisible: false,
      lastValueVisible: curve.style !== 'histogram' && curve.style !== 'dashed',
      crosshairMarkerRadius: 3,
      priceFormat: {
        type: 'custom',
        // A line that stays at zero is drawn in a range of five of these.
        minMove: curve.kind === 'percent' ? 1e-3 : 1e-8,
        formatter: (value: number) => short(curve.kind === 'percent' ? value : value * this.#unit, curve.kind),
      },
    } as const;
    const series =
      curve.style === 'area'
        ? this.chart.addSeries(AreaSeries, { ...common, lineWidth: 2 }, pane)
        : curve.style === 'below'
          ? this.chart.addSeries(BaselineSeries, { ...common, lineWidth: 1 }, pane)
          : curve.style === 'histogram'
            ? this.chart.addSeries(HistogramSeries, common, pane)
            : this.chart.addSeries(
                LineSeries,
                { ...common, lineWidth: curve.style === 'dashed' ? 1 : 2, lineStyle: curve.style === 'dashed' ? LineStyle.Dashed : LineStyle.Solid },
                pane,
              ); // prettier-ignore
    const item = document.createElement('span');
    item.className = 'key';
    const swatch = document.createElement('i');
    const value = document.createElement('b');
    item.append(swatch, curve.label, value);
    this.#legend.querySelector('.keys')!.append(item);
    this.#drawn.push({ model: curve, series, value, swatch });
  }

  #show(shown: Shown): void {
    this.#shown = shown;
    const time = shown.columns['time']!;
    for (const { model } of this.#drawn) {
      if (model.kind === 'percent') continue;
      const most = shown.columns[model.column]!.reduce((so, one) => Math.max(so, Math.abs(one) || 0), 0);
      while (most / this.#unit > mostDrawn) this.#unit *= 1e3;
    }
    for (const { model, series } of this.#drawn) {
      const values = shown.columns[model.column]!;
      const unit = model.kind === 'percent' ? 1 : this.#unit;
      const points = new Array<object>(time.length);
      for (let i = 0; i < time.length; i++) {
        const value = values[i]!;
        points[i] = value === value ? { time: time[i]! / 1000, value: value / unit } : { time: time[i]! / 1000 };
      }
      series.setData(points as never);
    }
  }

  #point({ logical, point }: Partial<MouseEventParams> = {}): void {
    const shown = this.#shown;
    if (shown === undefined) return;
    const time = shown.columns['time']!;
    const at = point === undefined || logical === undefined ? time.length - 1 : Math.max(0, Math.min(time.length - 1, Math.round(logical))); // prettier-ignore
    this.#legend.querySelector('.ohlc')!.innerHTML = `<span class="when">${moment(time[at]!)}</span>`;
    for (const { model, value } of this.#drawn) {
      const column = shown.columns[model.column]!;
      // Without the pointer on it, a curve that ended before the others shows its last value.
      const number = point === undefined ? (column.findLast((one) => one === one) ?? NaN) : column[at]!;
      value.textContent = number === number ? ` ${full(number, model.kind)}` : '';
    }
  }
}

function colourOf({ colour, style }: CurveModel, colours: Colours): string {
  if (style === 'below') return colours.down;
  if (colour < 0) return colours.muted;
  return colour === 0 ? colours.accent : colours.palette[colour % colours.palette.length]!;
}

function full(value: number, kind: CurveModel['kind']): string {
  return kind === 'percent' ? `${grouped(value * 100, 2)} %` : money(value);
}

function short(value: number, kind: CurveModel['kind']): string {
  if (kind === 'percent') return `${grouped(value * 100, Math.abs(value) < 0.1 ? 1 : 0)} %`;
  const size = Math.abs(value);
  if (size >= 1e15) return value.toExponential(2).replace('e+', 'e');
  if (size >= 1e12) return `${grouped(value / 1e12, 2)}T`;
  if (size >= 1e9) return `${grouped(value / 1e9, 2)}B`;
  if (size >= 1e6) return `${grouped(value / 1e6, 2)}M`;
  return grouped(value, size >= 1_000 ? 0 : 2);
}
