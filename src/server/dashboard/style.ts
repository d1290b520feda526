/** The style of the dashboard. */
export const style = '';
