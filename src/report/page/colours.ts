/** The colours of charts, read from the page's style so that both change together. */

/** Colours of the present theme. */
export interface Colours {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly surface: string;
  readonly accent: string;
  readonly up: string;
  readonly down: string;
  /** For lines that name no colour, in turn. */
  readonly palette: readonly string[];
}

/** The colours that the page has now. */
export function coloursNow(): Colours {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read('ink'),
    muted: read('muted'),
    line: read('line'),
    surface: read('surface'),
    accent: read('accent'),
    up: read('up'),
    down: read('down'),
    palette: [1, 2, 3, 4, 5, 6, 7].map((k) => read(`series-${k}`)),
  };
}

/** A colour of the theme with less of it, for fills. */
export function faded(colour: string, alpha: number): string {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  if (hex === undefined) return colour;
  const [r, g, b] = [0, 2, 4].map((k) => parseInt(hex.slice(k, k + 2), 16));
  return `rgba(${r}, ${g}, ${b}, ${alpha})`;
}

/** Options of a chart that follow the theme. */
export function chartOptions(colours: Colours): object {
  const { muted, line, ink, surface } = colours;
  return {
    layout: {
      background: { color: 'transparent' },
      textColor: muted,
      fontSize: 11,
      fontFamily: getComputedStyle(document.body).fontFamily,
      attributionLogo: false,
      panes: { separatorColor: line, separatorHoverColor: faded(ink, 0.1), enableResize: true },
    },
    grid: { vertLines: { color: faded(line, 0.55) }, horzLines: { color: faded(line, 0.55) } },
    // A label at an edge would be cut in half.
    rightPriceScale: { borderColor: line, minimumWidth: 68, entireTextOnly: true },
    timeScale: {
      borderColor: line,
      timeVisible: true,
      secondsVisible: false,
      rightOffset: 0,
      minBarSpacing: 0.4,
      lockVisibleTimeRangeOnResize: true,
    },
    crosshair: {
      mode: 0,
      vertLine: { color: faded(muted, 0.7), labelBackgroundColor: ink === surface ? muted : ink },
      horzLine: { color: faded(muted, 0.7), labelBackgroundColor: ink === surface ? muted : ink },
    },
  };
}
