/** Reading small JSON frames by hand: where every value of a flat object begins and ends, without building the object. */
import type { Level } from '../../core/index.ts';
import { floatAt, powersOfTen } from './numbers.ts';

/** The code of a character; the scan compares codes, since comparing strings would allocate. */
export function codeOf(character: string): number {
  return character.charCodeAt(0);
}

const quote = codeOf('"');
const comma = codeOf(',');
const colon = codeOf(':');
const openBracket = codeOf('[');
const closeBracket = codeOf(']');
const openBrace = codeOf('{');
const closeBrace = codeOf('}');
const bidsKey = codeOf('b');
const asksKey = codeOf('a');
const letterP = codeOf('p');
const letterU = codeOf('u');

/** The slot of `pu`, the one key of two letters that is kept: a code that no letter has. */
export const puKey = 16;
/** The slot of all other keys of several letters, which are not read. */
const otherKey = 0;
/** Keys are ASCII letters. */
const keySlots = 128;

/**
 * One pass over an object whose keys are single letters and whose values are texts, numbers, true, false, or (under `b` and `a`) lists of
 * `["price","size"]`. Anything else makes it give up, and the caller falls back to JSON.parse.
 */
export class FlatScan {
  /** First and last position of the value under each key's character code; -1 when the key is absent. Quotes are left out. */
  readonly from = new Int32Array(keySlots);
  readonly to = new Int32Array(keySlots);
  bids: Level[] = [];
  asks: Level[] = [];
  bidTexts: Level<string>[] | undefined;
  askTexts: Level<string>[] | undefined;
  readonly #texts: boolean;
  #end = 0;

  /** @param texts - Whether the venue's text of levels is wanted beside the floats. */
  constructor(texts: boolean) {
    this.#texts = texts;
  }

  /** Reads the object whose `{` is at `at`. Returns the position after its `}`, or -1 when it is not such an object. */
  read(frame: string, at: number): number {
    const from = this.from.fill(-1);
    const to = this.to;
    let i = at + 1;
    // Without an escape in it a text ends at the next quote.
    if (frame.charCodeAt(i) === closeBrace || frame.includes('\\', at)) return -1;
    for (;;) {
      if (frame.charCodeAt(i) !== quote) return -1;
      let key = frame.charCodeAt(i + 1);
      i += 2;
      if (frame.charCodeAt(i) === quote) i++;
      else {
        key =
          key === letterP && frame.charCodeAt(i) === letterU && frame.charCodeAt(i + 1) === quote ? puKey : otherKey;
        while (i < frame.length && frame.charCodeAt(i) !== quote) i++;
        i++;
      }
      if (key >= keySlots || frame.charCodeAt(i) !== colon) return -1;
      const first = frame.charCodeAt(++i);
      if (first === quote) {
        const end = frame.indexOf('"', i + 1);
        if (end < 0) return -1;
        from[key] = i + 1;
        to[key] = end;
        i = end + 1;
      } else if (first === openBracket) {
        if (!this.#list(frame, i, key)) return -1;
        i = this.#end;
        from[key] = i;
      } else {
        const start = i;
        let code = first;
        while (code !== comma && code !== closeBrace) {
          if (code === openBrace || code !== code) return -1;
          code = frame.charCodeAt(++i);
        }
        from[key] = start;
        to[key] = i;
      }
      const next = frame.charCodeAt(i++);
      if (next === closeBrace) return i;
      if (next !== comma) return -1;
    }
  }

  #list(frame: string, at: number, key: number): boolean {
    if (key === bidsKey) {
      this.bids = [];
      this.bidTexts = this.#texts ? [] : undefined;
      return this.#levels(frame, at, this.bids, this.bidTexts);
    }
    if (key === asksKey) {
      this.asks = [];
      this.askTexts = this.#texts ? [] : undefined;
      return this.#levels(frame, at, this.asks, this.askTexts);
    }
    return false;
  }

  #levels(frame: string, at: number, levels: Level[], texts: Level<string>[] | undefined): boolean {
    let i = at + 1;
    if (frame.charCodeAt(i) === closeBracket) {
      this.#end = i + 1;
      return true;
    }
    for (;;) {
      if (frame.charCodeAt(i) !== openBracket || frame.charCodeAt(i + 1) !== quote) return false;
      const priceFrom = i + 2;
      const price = this.#number(frame, priceFrom);
      const priceTo = this.#end;
      if (frame.charCodeAt(priceTo + 1) !== comma || frame.charCodeAt(priceTo + 2) !== quote) return false;
      const sizeFrom = priceTo + 3;
      const size = this.#number(frame, sizeFrom);
      const sizeTo = this.#end;
      if (frame.charCodeAt(sizeTo + 1) !== closeBracket || !(price > 0) || !(size >= 0)) return false;
      levels.push([price, size]);
      if (texts !== undefined) texts.push([frame.slice(priceFrom, priceTo), frame.slice(sizeFrom, sizeTo)]);
      const next = frame.charCodeAt(sizeTo + 2);
      i = sizeTo + 3;
      if (next === closeBracket) {
        this.#end = i;
        return true;
      }
      if (next !== comma) return false;
    }
  }

  /** The float of the decimal text that begins at `from`; its closing quote is at `#end` then. NaN when there is none. */
  #number(frame: string, from: number): number {
    // The codes of `0`, of the point and of the quote: constants of the module would be loaded for every digit.
    const zero = 48;
    const point = 46;
    const quote = 34;
    // Whole numbers of at most nine digits before and after the point: quicker than floats to build up, and exact together.
    let whole = 0;
    let fraction = 0;
    let at = from;
    let digit = frame.charCodeAt(at) - zero;
    while (digit >= 0 && digit <= 9) {
      whole = (whole * 10 + digit) | 0;
      digit = frame.charCodeAt(++at) - zero;
    }
    let decimals = 0;
    const before = at - from;
    if (digit === point - zero) {
      digit = frame.charCodeAt(++at) - zero;
      const first = at;
      while (digit >= 0 && digit <= 9) {
        fraction = (fraction * 10 + digit) | 0;
        digit = frame.charCodeAt(++at) - zero;
      }
      decimals = at - first;
    }
    if (digit === quote - zero && before < 10 && decimals < 10 && before + decimals < 16 && before + decimals > 0) {
      this.#end = at;
      const power = powersOfTen[decimals]!;
      return (whole * power + fraction) / power;
    }
    const end = frame.indexOf('"', from);
    if (end < 0) return NaN;
    this.#end = end;
    return floatAt(frame, from, end);
  }
}
