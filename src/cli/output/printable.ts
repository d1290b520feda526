/** Foreign text made safe for a terminal. */

/**
 * The text with control characters written as escapes, such as `\u001b` for the one that begins a terminal's commands.
 * Texts of exchanges, files and strategies pass through here before they are printed. Tabs stay.
 */
export function printable(text: string): string {
  // Control characters, marks that change the direction of writing, line and paragraph separators.
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) =>
    character === '\n' ? '\\n' : character === '\r' ? '\\r' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  ); // prettier-ignore
}
