/** The pages of the dashboard. */
export const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>nextbar</title></head><body></body></html>`;
export const referencePage = page;
