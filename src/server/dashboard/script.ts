/** The script of the dashboard. */
export const script = '';
