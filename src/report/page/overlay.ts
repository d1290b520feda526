/** What is drawn over the bars of a chart: it knows the chart's scales and colours, and asks to be drawn again. */
import type { IChartApi, IPrimitivePaneRenderer, IPrimitivePaneView, ISeriesApi, ISeriesPrimitive } from 'lightweight-charts'; // prettier-ignore

import type { Colours } from './colours.ts';
import type { LevelView } from './level-view.ts';

/** Where an overlay draws. */
export type Target = Parameters<IPrimitivePaneRenderer['draw']>[0];

/** Draws on the pane of the bars, above them. */
export abstract class Overlay implements ISeriesPrimitive {
  protected readonly series: ISeriesApi<'Candlestick'>;
  protected readonly view: LevelView;
  protected palette: Colours;
  readonly #chart: IChartApi;
  readonly #views: readonly IPrimitivePaneView[];
  #redraw: (() => void) | undefined;

  constructor(chart: IChartApi, series: ISeriesApi<'Candlestick'>, view: LevelView, colours: Colours) {
    this.#chart = chart;
    this.series = series;
    this.view = view;
    this.palette = colours;
    const renderer: IPrimitivePaneRenderer = {
      draw: (target) => {
        this.draw(target);
      },
    };
    this.#views = [{ zOrder: () => 'top', renderer: () => renderer }];
  }

  attached({ requestUpdate }: { requestUpdate: () => void }): void {
    this.#redraw = requestUpdate;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#views;
  }

  set colours(colours: Colours) {
    this.palette = colours;
    this.update();
  }

  /** Asks to be drawn again. */
  protected update(): void {
    this.#redraw?.();
  }

  /** Where a bar is across the pane; NaN where it has no place. */
  protected x(index: number): number {
    return this.#chart.timeScale().logicalToCoordinate(this.view.toLogical(index)) ?? NaN;
  }

  /** Where a price is down the pane; NaN where it has no place. */
  protected y(price: number): number {
    return this.series.priceToCoordinate(price) ?? NaN;
  }

  protected abstract draw(target: Target): void;
}
