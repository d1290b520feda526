/** The charts of a page's datas: all of them below each other, or of many datas the one that is chosen, drawn when it is first shown. */
import type { PriceModel } from '../model.ts';
import { PriceChart } from './price-chart.ts';
import type { TableData } from './table-data.ts';

/** What is kept of the charts when the page is drawn again. */
export interface KeptCharts {
  /** The number of the chosen data; undefined where all are shown. */
  readonly chosen: number | undefined;
  /** Visible bars of each data that was drawn, by its number. */
  readonly ranges: ReadonlyMap<number, readonly [number, number]>;
}

/** The charts of the datas. */
export class PriceCharts {
  readonly #models: readonly PriceModel[];
  readonly #drawn = new Map<number, PriceChart>();
  readonly #begun = new Map<number, Promise<void>>();
  readonly #kept: KeptCharts | undefined;
  readonly #trades: TableData | undefined;
  readonly #orders: TableData | undefined;
  readonly #link: (price: PriceChart, number: number) => void;
  readonly #picker = document.querySelector<HTMLSelectElement>('#chosen-data');

  constructor(
    models: readonly PriceModel[],
    {
      kept,
      trades,
      orders,
      link,
    }: {
      readonly kept: KeptCharts | undefined;
      readonly trades: TableData | undefined;
      readonly orders: TableData | undefined;
      /** Called once for each chart, when it is drawn. */
      readonly link: (price: PriceChart, number: number) => void;
    },
  ) {
    this.#models = models;
    this.#kept = kept;
    this.#trades = trades;
    this.#orders = orders;
    this.#link = link;
    this.#picker?.addEventListener('change', () => void this.show(Number(this.#picker!.value)));
  }

  /** The charts drawn so far. */
  get drawn(): PriceChart[] {
    return this.#charts(() => true);
  }

  /** The drawn charts that are on the page. */
  get shown(): PriceChart[] {
    return this.#charts((number) => !this.placeOf(number).hidden);
  }

  #charts(isOne: (number: number) => boolean): PriceChart[] {
    const numbers = [...this.#drawn.keys()].sort((a, b) => a - b);
    return numbers.filter(isOne).map((number) => this.#drawn.get(number)!);
  }

  /** What a page that is drawn again goes on with. */
  get kept(): KeptCharts {
    return {
      chosen: this.#picker === null ? undefined : Number(this.#picker.value),
      ranges: new Map([...this.#drawn].map(([number, { view }]) => [number, view.visible])),
    };
  }

  /** Draws what is to be seen at first. */
  async begin(): Promise<void> {
    const chosen = this.#kept?.chosen;
    if (this.#picker === null) await Promise.all(this.#models.map((_, number) => this.#draw(number)));
    else await this.show(chosen !== undefined && chosen < this.#models.length ? chosen : Number(this.#picker.value));
  }

  /** The number of the data of this name; the first where there is none. */
  numberOf(name: string | undefined): number {
    return Math.max(
      0,
      this.#models.findIndex((one) => one.name === name),
    );
  }

  /** The place of a chart on the page. */
  placeOf(number: number): HTMLElement {
    return document.querySelector<HTMLElement>(`[data-price="${number}"]`)!;
  }

  /** The chart of a data, on the page. */
  async show(number: number): Promise<PriceChart> {
    if (this.#picker !== null) {
      this.#picker.value = String(number);
      this.#models.forEach((_, k) => (this.placeOf(k).hidden = k !== number));
    }
    await this.#draw(number);
    return this.#drawn.get(number)!;
  }

  #draw(number: number): Promise<void> {
    const begun = this.#begun.get(number);
    if (begun !== undefined) return begun;
    const root = this.placeOf(number);
    const [canvas, legend] = ['.canvas', '.legend'].map((one) => root.querySelector<HTMLElement>(one)!);
    const price = new PriceChart(this.#models[number]!, canvas!, legend!);
    this.#drawn.set(number, price);
    this.#link(price, number);
    const drawing = price.begin(this.#trades, this.#orders, this.#kept?.ranges.get(number));
    this.#begun.set(number, drawing);
    return drawing;
  }
}
