/** The options that a declaration takes, with what their comments say. */
import ts from 'typescript';

/** An option that may be left out. */
export interface Option {
  /** The declaration and the option, such as `CerebroOptions.cash`. */
  readonly name: string;
  /** Its comment on one line; empty without one. */
  readonly text: string;
}

/** Types that a user fills in, by the end of their name; others hold what the package returns, where absence has its own meaning. */
const filledIn =
  /(Options|Limits|Plan|Filter|Query|Credentials|Keys|Spec|Faults?|Window|Aggregations|Schema|Switches|Model|Retry)$/;

/** The forms in which a comment says what holds when an option is left out. */
const forms = /\bdefaults?\b|\brequired\b|\bwithout (it|one|them|this|that)\b/i;

/** Whether a comment says what holds when the option is left out. */
export function saysDefault(text: string): boolean {
  return forms.test(text);
}

/** The options that may be left out: the members of a type that a user fills in, and those written inside a list of parameters. */
export function optionsOf(name: string, declaration: ts.Node): Option[] {
  const found: Option[] = [];
  const visit = (node: ts.Node, isFilledIn: boolean): void => {
    if (isFilledIn && ts.isPropertySignature(node) && node.questionToken !== undefined) {
      found.push({ name: `${name}.${node.name.getText()}`, text: commentOf(node) });
    }
    ts.forEachChild(node, (child) => {
      visit(child, isFilledIn || ts.isParameter(node));
    });
  };
  visit(declaration, filledIn.test(name));
  return found;
}

function commentOf(node: ts.Node): string {
  return ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ')
    .replace(/\s+/g, ' ');
}
