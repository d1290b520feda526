/** Reads the line expressions of the oracle, such as `EMA(SMA(close,5),4)(-1) > 10`, into lines. */
import {
  atr,
  crossdown,
  crossover,
  crossup,
  dema,
  ema,
  highest,
  hma,
  kama,
  lowest,
  momentum,
  pointwise,
  roc,
  rsi,
  sma,
  smma,
  stddev,
  sum,
  tema,
  trueRange,
  wma,
  zlema,
} from '../../../src/indicators/index.ts';
import { combine, type Data, type Line, type Operand } from '../../../src/lines/index.ts';

/** The line an expression means on a data. Throws an Error that names what it does not know. */
export function lineOf(expression: string, data: Data): Line {
  const parser = new Parser(expression, data);
  const answer = parser.comparison();
  parser.expectEnd();
  if (typeof answer === 'number') throw new Error(`${expression} is a number`);
  return answer;
}

type Arithmetic = (a: number, b: number) => number;

/** What each operator does to two numbers; Python's comparisons answer 1 and 0, `//` rounds down. */
const operators: Readonly<Record<string, Arithmetic>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '//': (a, b) => Math.floor(a / b),
  '%': (a, b) => a - b * Math.floor(a / b),
  '**': (a, b) => a ** b,
  '>': (a, b) => Number(a > b),
  '<': (a, b) => Number(a < b),
  '>=': (a, b) => Number(a >= b),
  '<=': (a, b) => Number(a <= b),
  '==': (a, b) => Number(a === b),
  '!=': (a, b) => Number(a !== b),
};

type Windowed = (source: Line, period: number) => Line;

const withPeriod: Readonly<Record<string, readonly [Windowed, number]>> = {
  SMA: [sma, 30],
  EMA: [ema, 30],
  SMMA: [smma, 30],
  WMA: [wma, 30],
  DEMA: [dema, 30],
  TEMA: [tema, 30],
  HMA: [hma, 30],
  KAMA: [kama, 30],
  ZLEMA: [zlema, 30],
  RSI: [rsi, 14],
  ROC: [roc, 12],
  Momentum: [momentum, 12],
  StdDev: [stddev, 20],
  Highest: [highest, 10],
  Lowest: [lowest, 10],
  MaxN: [highest, 10],
  MinN: [lowest, 10],
  SumN: [sum, 10],
};

class Parser {
  private readonly tokens: string[];
  private readonly data: Data;
  private at = 0;

  constructor(expression: string, data: Data) {
    this.tokens = expression.match(/\d+\.?\d*|[A-Za-z_]\w*|\/\/|\*\*|[<>=!]=|[-+*/%<>=(),]/g) ?? [];
    this.data = data;
  }

  expectEnd(): void {
    if (this.at < this.tokens.length) throw new Error(`unexpected ${String(this.tokens[this.at])}`);
  }

  comparison(): Operand {
    return this.chain(['>', '<', '>=', '<=', '==', '!='], () => this.sum());
  }

  private sum(): Operand {
    return this.chain(['+', '-'], () => this.product());
  }

  private product(): Operand {
    return this.chain(['*', '/', '//', '%'], () => this.unary());
  }

  private chain(symbols: readonly string[], part: () => Operand): Operand {
    let left = part();
    for (
      let symbol = this.tokens[this.at];
      symbol !== undefined && symbols.includes(symbol);
      symbol = this.tokens[this.at]
    ) {
      this.at++;
      left = binary(symbol, operators[symbol]!, left, part());
    }
    return left;
  }

  private unary(): Operand {
    if (this.tokens[this.at] !== '-') return this.power();
    this.at++;
    const operand = this.unary();
    return typeof operand === 'number' ? -operand : pointwise('neg', [operand], (value) => -value);
  }

  private power(): Operand {
    const base = this.delayed();
    if (this.tokens[this.at] !== '**') return base;
    this.at++;
    return binary('**', operators['**']!, base, this.unary());
  }

  /** A value, perhaps followed by `(-n)`: as it was n bars ago. */
  private delayed(): Operand {
    let value = this.value();
    while (this.tokens[this.at] === '(') {
      const [back] = this.args();
      if (typeof value === 'number' || typeof back !== 'number' || back > 0)
        throw new Error('only (-n) may follow a line');
      value = value.shift(-back);
    }
    return value;
  }

  private value(): Operand {
    const token = this.tokens[this.at++];
    if (token === undefined) throw new Error('the expression ends too early');
    if (token === '(') {
      const inner = this.comparison();
      this.take(')');
      return inner;
    }
    if (/^\d/.test(token)) return Number(token);
    if (isField(token)) return this.data[token];
    if (token === 'data') return this.data.close;
    return call(token, this.args(), this.data);
  }

  private args(): Operand[] {
    const args: Operand[] = [];
    this.take('(');
    while (this.tokens[this.at] !== ')') {
      if (this.tokens[this.at + 1] === '=') this.at += 2;
      args.push(this.comparison());
      if (this.tokens[this.at] === ',') this.at++;
      else break;
    }
    this.take(')');
    return args;
  }

  private take(token: string): void {
    if (this.tokens[this.at++] !== token) throw new Error(`expected ${token}`);
  }
}

const fields = ['open', 'high', 'low', 'close', 'volume'] as const;

function isField(token: string): token is (typeof fields)[number] {
  return (fields as readonly string[]).includes(token);
}

function binary(name: string, fn: Arithmetic, a: Operand, b: Operand): Operand {
  const known: Arithmetic = (x, y) => (Number.isNaN(x) || Number.isNaN(y) ? NaN : fn(x, y));
  if (typeof a === 'number') return typeof b === 'number' ? fn(a, b) : combine(b, name, a, (y, x) => known(x, y));
  const method = (
    { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' } as const
  )[name];
  return method === undefined ? combine(a, name, b, known) : a[method](b);
}

function call(name: string, args: readonly Operand[], data: Data): Operand {
  const period = withPeriod[name];
  if (period !== undefined) {
    const [first, second] = args;
    if (first !== undefined && typeof first !== 'number')
      return period[0](first, typeof second === 'number' ? second : period[1]);
    return period[0](data.close, first ?? period[1]);
  }
  if (name === 'ATR') return atr(data, typeof args[0] === 'number' ? args[0] : 14);
  if (name === 'TR' || name === 'TrueRange') return trueRange(data);
  if (name === 'abs') return pointwise('abs', [lineAt(args, 0)], Math.abs);
  if (name === 'pow') return binary('**', operators['**']!, args[0]!, args[1]!);
  if (name === 'CrossOver') return crossover(lineAt(args, 0), args[1]!);
  if (name === 'CrossUp') return crossup(lineAt(args, 0), args[1]!);
  if (name === 'CrossDown') return crossdown(lineAt(args, 0), args[1]!);
  const reduce = reductions[name];
  if (reduce !== undefined) return args.slice(1).reduce<Line>((line, other) => reduce(line, other), lineAt(args, 0));
  const spread = spreads[name];
  if (spread === undefined) throw new Error(`there is no ${name}`);
  const lines = args.map((arg) => (typeof arg === 'number' ? pointwise(String(arg), [data.close], () => arg) : arg));
  return spread(lines);
}

function lineAt(args: readonly Operand[], index: number): Line {
  const arg = args[index];
  if (arg === undefined || typeof arg === 'number') throw new Error(`argument ${index + 1} must be a line`);
  return arg;
}

const reductions: Readonly<Record<string, (line: Line, other: Operand) => Line>> = {
  And: (line, other) => line.and(other),
  All: (line, other) => line.and(other),
  Or: (line, other) => line.or(other),
  Any: (line, other) => line.or(other),
  Max: (line, other) => line.max(other),
  Min: (line, other) => line.min(other),
  Sum: (line, other) => line.add(other),
};

/** What the lines of a call are spread over. */
const spreads: Readonly<Record<string, (lines: readonly Line[]) => Line>> = {
  If: ([condition, yes, no]) => pointwise('If', [condition!, yes!, no!], (c, a, b) => (c !== 0 ? a : b)),
  Cmp: ([a, b]) => pointwise('Cmp', [a!, b!], (x, y) => Math.sign(x - y)),
  CmpEx: ([a, b, below, equal, above]) => {
    const upper = pointwise('CmpEx.upper', [a!, b!, equal!, above!], (x, y, same, more) => (x > y ? more : same));
    return pointwise('CmpEx', [a!, b!, below!, upper], (x, y, less, rest) => (x < y ? less : rest));
  },
  DivByZero: ([a, b, zero]) => pointwise('DivByZero', [a!, b!, zero!], (x, y, none) => (y === 0 ? none : x / y)),
  DivZeroByZero: ([a, b, single, dual]) =>
    pointwise('DivZeroByZero', [a!, b!, single!, dual!], (x, y, one, both) => (y !== 0 ? x / y : x === 0 ? both : one)),
};
