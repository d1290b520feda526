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
    else if (isLastingWeakMap(node)) note(node, 'has a weak map for all runs whose values are objects');
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

/**
 * A weak map that no run owns, whose values may hold a run: a quick collection keeps them, even where nothing else holds their keys. One that
 * an object or a call makes goes with it.
 */
function isLastingWeakMap(node: ts.Node): boolean {
  if (!ts.isNewExpression(node) || node.expression.getText() !== 'WeakMap') return false;
  for (let one: ts.Node = node.parent; !ts.isSourceFile(one); one = one.parent) {
    if (ts.isFunctionLike(one)) return false;
    const isStatic = ts.canHaveModifiers(one) && ts.getModifiers(one)?.some(({ kind }) => kind === staticKeyword);
    if (ts.isPropertyDeclaration(one) && isStatic !== true) return false;
  }
  const { parent } = node;
  const stated = ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) ? parent.type : undefined;
  const types = node.typeArguments ?? (stated && ts.isTypeReferenceNode(stated) ? stated.typeArguments : undefined);
  return types?.[1] === undefined || !isPlain(types[1]);
}

const staticKeyword = ts.SyntaxKind.StaticKeyword;

const plainKinds: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.NumberKeyword,
  ts.SyntaxKind.StringKeyword,
  ts.SyntaxKind.BooleanKeyword,
  ts.SyntaxKind.BigIntKeyword,
  ts.SyntaxKind.UndefinedKeyword,
  ts.SyntaxKind.LiteralType,
]);

/** Whether a value of a type is a number, a text or a boolean, or a list of such: it holds nothing of a run. */
function isPlain(type: ts.TypeNode): boolean {
  if (ts.isUnionTypeNode(type)) return type.types.every(isPlain);
  if (ts.isArrayTypeNode(type)) return isPlain(type.elementType);
  if (ts.isTypeOperatorNode(type) || ts.isParenthesizedTypeNode(type)) return isPlain(type.type);
  return plainKinds.has(type.kind);
}
