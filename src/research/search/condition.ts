/** Conditions on parameters as texts, such as `fast < slow and slow % 5 == 0`: parsed and worked out here, never run as code. */
import { ConfigError, shown, unknownName } from '../../core/index.ts';

/** The values of parameters by name. */
export type Values = Readonly<Record<string, unknown>>;

type Evaluate = (values: Values) => unknown;

/** A token with the place where it begins. */
interface Token {
  readonly kind: 'number' | 'name' | 'text' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}

const signs = ['<=', '>=', '==', '!=', '&&', '||', '<', '>', '+', '-', '*', '/', '%', '(', ')', '!', ','];

const functions: Readonly<Record<string, (...values: number[]) => number>> = {
  abs: Math.abs,
  min: Math.min,
  max: Math.max,
  floor: Math.floor,
  round: Math.round,
};

/**
 * A condition on parameters. It may hold numbers, names of parameters, texts in quotes, `true` and `false`, `+ - * / %`, comparisons, `and`, `or`,
 * `not` (or `&& || !`), brackets, and `abs min max floor round`.
 *
 * @param names - The parameters there are.
 * @throws {ConfigError} If the text is not a condition, or names a parameter that does not exist; the message says where.
 */
export function parseCondition(text: string, names: readonly string[]): (values: Values) => boolean {
  const parser = new Parser(text, names);
  const evaluate = parser.whole();
  return (values) => {
    const found = evaluate(values);
    if (typeof found === 'boolean') return found;
    throw new ConfigError(`keep must be a condition that is true or false, was '${text}', which is ${shown(found)}`, {
      context: { field: 'keep' },
    });
  };
}

class Parser {
  readonly #text: string;
  readonly #names: readonly string[];
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string, names: readonly string[]) {
    this.#text = text;
    this.#names = names;
    this.#tokens = tokensOf(text);
  }

  whole(): Evaluate {
    const found = this.#or();
    if (this.#token.kind !== 'end') throw this.#wrong(`'${this.#token.text}' is not expected`);
    return found;
  }

  get #token(): Token {
    return this.#tokens[this.#next]!;
  }

  #take(...texts: readonly string[]): string | undefined {
    const { kind, text } = this.#token;
    if ((kind !== 'sign' && kind !== 'name') || !texts.includes(text)) return undefined;
    this.#next++;
    return text;
  }

  #or(): Evaluate {
    if (++this.#depth > 100) throw this.#wrong('brackets are nested too deep');
    let left = this.#and();
    while (this.#take('or', '||') !== undefined) {
      const [a, b] = [left, this.#and()];
      left = (values) => truth(a(values)) || truth(b(values));
    }
    this.#depth--;
    return left;
  }

  #and(): Evaluate {
    let left = this.#not();
    while (this.#take('and', '&&') !== undefined) {
      const [a, b] = [left, this.#not()];
      left = (values) => truth(a(values)) && truth(b(values));
    }
    return left;
  }

  #not(): Evaluate {
    let isTurned = false;
    while (this.#take('not', '!') !== undefined) isTurned = !isTurned;
    const inner = this.#comparison();
    return isTurned ? (values) => !truth(inner(values)) : inner;
  }

  #comparison(): Evaluate {
    const first = this.#sum();
    const parts: { readonly sign: string; readonly right: Evaluate }[] = [];
    let sign = this.#take('<=', '>=', '==', '!=', '<', '>');
    while (sign !== undefined) {
      parts.push({ sign, right: this.#sum() });
      sign = this.#take('<=', '>=', '==', '!=', '<', '>');
    }
    if (parts.length === 0) return first;
    // `5 < fast < slow` means both.
    return (values) => {
      let left = first(values);
      return parts.every((part) => {
        const right = part.right(values);
        const holds = compare(part.sign, left, right);
        left = right;
        return holds;
      });
    };
  }

  #sum(): Evaluate {
    let left = this.#product();
    for (let sign = this.#take('+', '-'); sign !== undefined; sign = this.#take('+', '-')) {
      const [a, b] = [left, this.#product()];
      left =
        sign === '+'
          ? (values) => number(a(values)) + number(b(values))
          : (values) => number(a(values)) - number(b(values));
    }
    return left;
  }

  #product(): Evaluate {
    let left = this.#unary();
    for (let sign = this.#take('*', '/', '%'); sign !== undefined; sign = this.#take('*', '/', '%')) {
      const [a, b] = [left, this.#unary()];
      left =
        sign === '*'
          ? (values) => number(a(values)) * number(b(values))
          : sign === '/'
            ? (values) => number(a(values)) / number(b(values))
            : (values) => number(a(values)) % number(b(values));
    }
    return left;
  }

  #unary(): Evaluate {
    let isMinus = false;
    for (let sign = this.#take('-', '+'); sign !== undefined; sign = this.#take('-', '+')) {
      if (sign === '-') isMinus = !isMinus;
    }
    const inner = this.#primary();
    return isMinus ? (values) => -number(inner(values)) : inner;
  }

  #primary(): Evaluate {
    const token = this.#token;
    if (this.#take('(') !== undefined) {
      const inner = this.#or();
      this.#close();
      return inner;
    }
    this.#next++;
    if (token.kind === 'number') {
      const value = Number(token.text);
      return () => value;
    }
    if (token.kind === 'text') return () => token.text;
    if (token.kind === 'name') return this.#named(token);
    this.#next--;
    throw this.#wrong(token.kind === 'end' ? 'it ends too early' : `'${token.text}' is not expected`);
  }

  #named({ text: name }: Token): Evaluate {
    if (name === 'true' || name === 'false') return () => name === 'true';
    if (Object.hasOwn(functions, name) && this.#take('(') !== undefined) {
      const values: Evaluate[] = [this.#sum()];
      while (this.#take(',') !== undefined) values.push(this.#sum());
      this.#close();
      const act = functions[name]!;
      return (given) => act(...values.map((one) => number(one(given))));
    }
    if (!this.#names.includes(name)) throw unknownName('parameter in keep', name, this.#names);
    return (values) => values[name];
  }

  #close(): void {
    if (this.#take(')') === undefined) throw this.#wrong("a ')' is missing");
  }

  #wrong(what: string): ConfigError {
    return new ConfigError(
      `keep must be a condition such as 'fast < slow', was '${this.#text}': at place ${this.#token.at + 1} ${what}`,
      {
        context: { field: 'keep', at: this.#token.at },
      },
    );
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^\s+/.exec(rest);
    if (space !== null) {
      at += space[0].length;
      continue;
    }
    const found =
      /^(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/.exec(rest) ??
      /^[A-Za-z_$][\w$]*/.exec(rest) ??
      /^'[^']*'|^"[^"]*"/.exec(rest);
    const sign = signs.find((one) => rest.startsWith(one));
    const piece = found?.[0] ?? sign;
    if (piece === undefined) {
      const hint = rest.startsWith('=') ? "; to compare write '=='" : '';
      throw new ConfigError(
        `keep must be a condition such as 'fast < slow', was '${text}': at place ${at + 1} '${rest[0]!}' is not known${hint}`,
        {
          context: { field: 'keep', at },
        },
      );
    }
    const first = piece[0]!;
    const kind = found === null ? 'sign' : /[\d.]/.test(first) ? 'number' : /['"]/.test(first) ? 'text' : 'name';
    const plain = kind === 'text' ? piece.slice(1, -1) : kind === 'number' ? piece.replaceAll('_', '') : piece;
    tokens.push({ kind, text: plain, at });
    at += piece.length;
  }
  tokens.push({ kind: 'end', text: '', at });
  return tokens;
}

function truth(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new ConfigError(`keep must join only what is true or false with and, or and not, was ${shown(value)}`, {
    context: { field: 'keep' },
  });
}

function number(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new ConfigError(`keep must apply + - * / % < and > only to numbers, was ${shown(value)}`, {
    context: { field: 'keep' },
  });
}

function compare(sign: string, left: unknown, right: unknown): boolean {
  if (sign === '==') return left === right;
  if (sign === '!=') return left !== right;
  const [a, b] = [number(left), number(right)];
  return sign === '<' ? a < b : sign === '<=' ? a <= b : sign === '>' ? a > b : a >= b;
}
