/** Charts on paper: a picture takes the place of each, since a canvas is cut where the paper ends. */
import type { IChartApi } from 'lightweight-charts';

import { drawnSignal } from './lifetime.ts';

/** Size of a chart's text on paper, where a page is shown at little more than half its width. */
const printedText = 17;

/** The most that a chart is high on paper, as a share of its width: one made in a narrow window would fill a page. */
const tallest = 0.52;

/** Keeps a chart as large as its element. While the element is hidden, as on paper, the chart stays as it was. */
export function followSize(chart: IChartApi, element: HTMLElement): void {
  const fit = (): void => {
    const { clientWidth, clientHeight } = element;
    if (clientWidth > 0 && clientHeight > 0) chart.resize(clientWidth, clientHeight);
  };
  const observer = new ResizeObserver(fit);
  observer.observe(element);
  drawnSignal().addEventListener('abort', () => observer.disconnect());
  fit();
}

/** Puts a picture of a chart after its element while the page is printed, and takes it away afterwards. */
export function printChart(chart: IChartApi, element: HTMLElement, isPrinting: boolean): void {
  element.parentElement!.querySelector('.printed')?.remove();
  if (!isPrinting) {
    chart.resize(element.clientWidth, element.clientHeight);
    return;
  }
  chart.applyOptions({ layout: { fontSize: printedText } });
  // Draws what is pending: `takeScreenshot` of lightweight-charts 5.2 does not return while the whole chart waits to be drawn.
  const { width, height } = chart.chartElement().style;
  chart.resize(parseFloat(width), Math.min(parseFloat(height) - 1, Math.round(parseFloat(width) * tallest)), true);
  // With the top layer, where trades, orders and marks are drawn.
  const picture = chart.takeScreenshot(true);
  picture.className = 'printed';
  picture.removeAttribute('style');
  picture.setAttribute('role', 'img');
  picture.setAttribute('aria-label', element.getAttribute('aria-label') ?? '');
  element.after(picture);
}
