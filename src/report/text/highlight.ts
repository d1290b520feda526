/** Source code as HTML, with comments, texts, numbers and keywords told apart. */
import { escapeHtml } from './html.ts';

const keywords = new Set('abstract as async await break case catch class const continue default delete do else export extends false finally for from function get if implements import in instanceof interface let new null of override private protected public readonly return satisfies set static super switch this throw true try type typeof undefined var void while yield'.split(' ')); // prettier-ignore

const tokens =
  /(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|(\b\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?\b)|([A-Za-z_$][\w$]*)/g;

/** TypeScript or JavaScript as the inside of a `pre`. */
export function highlight(code: string): string {
  let html = '';
  let at = 0;
  for (const match of code.matchAll(tokens)) {
    const [text, comment, string, number, word] = match;
    html += escapeHtml(code.slice(at, match.index));
    at = match.index + text.length;
    const kind =
      comment !== undefined
        ? 'c'
        : string !== undefined
          ? 's'
          : number !== undefined
            ? 'n'
            : keywords.has(word!)
              ? 'k'
              : undefined;
    html += kind === undefined ? escapeHtml(text) : `<span class="${kind}">${escapeHtml(text)}</span>`;
  }
  return html + escapeHtml(code.slice(at));
}
