/** Questions for fills: one at a time for each symbol, asked again until they are answered. */

/** Clocks differ, and a fill may carry a time before its order was sent by ours. */
const marginMs = 60_000;
const firstWaitMs = 250;
const longestWaitMs = 10_000;

interface Question {
  since: number;
  due: number;
  wait: number;
  isAsking: boolean;
  /** What is needed after the answer that is awaited. */
  again: { since: number; due: number } | undefined;
}

/** Keeps the questions of one account. */
export class FillQuestions {
  private readonly bySymbol = new Map<string, Question>();
  private readonly ask: (symbol: string, since: number) => void;

  constructor(ask: (symbol: string, since: number) => void) {
    this.ask = ask;
  }

  /** Whether an answer is awaited or a question is to be asked. */
  get isOpen(): boolean {
    return this.bySymbol.size > 0;
  }

  /** The fills of a symbol since a moment are needed; asked at `due` at the latest. */
  need(symbol: string, since: number, due: number): void {
    const from = since - marginMs;
    const known = this.bySymbol.get(symbol);
    if (known === undefined) {
      this.bySymbol.set(symbol, { since: from, due, wait: firstWaitMs, isAsking: false, again: undefined });
    } else if (known.isAsking) {
      known.again = { since: Math.min(from, known.again?.since ?? from), due: Math.min(due, known.again?.due ?? due) };
    } else {
      known.since = Math.min(known.since, from);
      known.due = Math.min(known.due, due);
    }
  }

  act(now: number): void {
    for (const [symbol, question] of this.bySymbol) {
      if (question.isAsking || question.due > now) continue;
      question.isAsking = true;
      this.ask(symbol, question.since);
    }
  }

  answered(symbol: string): void {
    const question = this.bySymbol.get(symbol);
    if (question === undefined) return;
    this.bySymbol.delete(symbol);
    if (question.again !== undefined) {
      this.bySymbol.set(symbol, { ...question.again, wait: firstWaitMs, isAsking: false, again: undefined });
    }
  }

  failed(symbol: string, now: number): void {
    const question = this.bySymbol.get(symbol);
    if (question === undefined) return;
    question.isAsking = false;
    question.since = Math.min(question.since, question.again?.since ?? Infinity);
    question.again = undefined;
    question.due = now + question.wait;
    question.wait = Math.min(longestWaitMs, question.wait * 2);
  }
}
