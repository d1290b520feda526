/** The script of the reference page. */
export const referenceScript = '';
