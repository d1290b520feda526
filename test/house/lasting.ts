/** Forms of code whose objects V8 puts among the old ones at once: a finished run that they hold stays until the next full collection. */
import ts from 'typescript';

/** Where a file has such forms, a line for each. */
export function lastingForms(path: string, text: string): string[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const note = (node: ts.Node, what: string): void => {
    found.push(`${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${what}`);
  };
  const visit = (node: ts.Node): void => {
    // Each such object has a hidden class of its own, which holds the getter.
    if (ts.isAccessor(node) && ts.isObjectLiteralExpression(node.parent))
      note(node, 'has a getter in an object literal');
    else if (isFunctionToMember(node)) note(node, 'sets a member to a function written there');
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** `one.member = () => ...`, which V8 takes for a method of a class that is being set up. */
function isFunctionToMember(node: ts.Node): boolean {
  return (
    ts.isBinaryExpression(node) &&
    node.operatorToken.kind === ts.SyntaxKind.EqualsToken &&
    (ts.isPropertyAccessExpression(node.left) || ts.isElementAccessExpression(node.left)) &&
    (ts.isArrowFunction(node.right) || ts.isFunctionExpression(node.right))
  );
}
