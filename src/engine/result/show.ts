/** A result as a notebook shows it: the report inline, and a sentence where only text can be shown. */

/** As much of a result as its sentence needs; the report reads the rest of the same object. */
interface ShownResult {
  readonly strategies: readonly { readonly name: string }[];
  readonly startValue: number;
  readonly finalValue: number;
  readonly stats: { readonly trades: number };
}

/** How a result is shown. */
export interface ShowOptions {
  /** Height of the frame in pixels. Default 900. */
  readonly height?: number;
  /** `dark` or `light`. Default: what the reader's system prefers. */
  readonly theme?: 'dark' | 'light';
}

/** Representations of one thing by MIME type, as Jupyter's front ends choose among them. */
export interface MimeBundle {
  /** A frame with the whole report. */
  readonly 'text/html': string;
  /** One sentence. */
  readonly 'text/plain': string;
}

/** What Deno's notebooks ask an object for its representations by. */
const jupyter = Symbol.for('Jupyter.display');

/** The report of a run for a notebook. */
export class RunPicture {
  readonly #result: ShownResult;
  readonly #options: ShowOptions;

  /** @internal */
  constructor(result: ShownResult, options: ShowOptions) {
    this.#result = result;
    this.#options = options;
    // Not a member with a name: nothing but a notebook asks for it.
    Object.defineProperty(this, jupyter, { value: () => this.mimeBundle() });
  }

  /** The frame with the report, as HTML: for `tslab.display.html` and other notebooks. */
  async html(): Promise<string> {
    // By the package's own door: what draws reports stands above the engine, and is loaded only here.
    const door = 'nextbar/report';
    const { renderReport } = (await import(door)) as {
      readonly renderReport: (result: ShownResult, options: Pick<ShowOptions, 'theme'>) => Promise<string>;
    };
    const { height = 900, theme } = this.#options;
    const page = await renderReport(this.#result, { ...(theme !== undefined && { theme }) });
    const text = page.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
    return `<iframe title="Report of the run" sandbox="allow-scripts" style="width:100%;height:${height}px;border:0;border-radius:12px" srcdoc="${text}"></iframe>`;
  }

  /** The report and a sentence, by MIME type. */
  async mimeBundle(): Promise<MimeBundle> {
    const { strategies, startValue, finalValue, stats } = this.#result;
    const names = strategies.map(({ name }) => name).join(' + ');
    return {
      'text/html': await this.html(),
      'text/plain': `${names}: ${startValue} to ${finalValue} in ${stats.trades} trades`,
    };
  }
}
