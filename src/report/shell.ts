/** The frame of every page: head, bar, footer, the page's code and its encoded parts. One file, nothing is loaded from elsewhere. */
import type { ReportModel } from './model.ts';
import { pageCode } from './page-code.ts';
import { escapeHtml, scriptCode, scriptJson } from './text/html.ts';

/** A part of a page with a heading. */
export interface Section {
  readonly id: string;
  /** Its name in the bar. */
  readonly name: string;
  readonly html: string;
}

/** What a page is put together from. */
export interface PageParts {
  readonly title: string;
  readonly hero: string;
  readonly sections: readonly Section[];
  readonly footer: string;
  readonly model: ReportModel;
  readonly chunks: ReadonlyMap<string, string>;
  /** Fixes the theme; the reader's system decides unless given. */
  readonly theme?: 'dark' | 'light' | undefined;
}

const mark =
  '<svg viewBox="0 0 18 18" aria-hidden="true"><path d="M4 3v12M9 1v13M14 6v11" stroke="currentColor" stroke-width="1.4" opacity=".55"/><rect x="2" y="6" width="4" height="6" rx="1" fill="var(--down)"/><rect x="7" y="4" width="4" height="7" rx="1" fill="var(--up)"/><rect x="12" y="8" width="4" height="6" rx="1" fill="var(--accent)"/></svg>';

/** Sets the theme before anything is drawn: a dark page must not flash. */
const early = `try{const t=localStorage.getItem('nextbar-theme');if(t==='dark'||t==='light')document.documentElement.dataset.theme??=t}catch{}`;

/** The page, in pieces that are written one after the other. */
export async function pageOf(parts: PageParts): Promise<string[]> {
  const { script, style } = await pageCode();
  const { title, hero, sections, footer, model, chunks, theme } = parts;
  const nav = sections.map(({ id, name }) => `<a href="#${id}">${escapeHtml(name)}</a>`).join('');
  // Nothing may be fetched: a page that is handed on must show the same everywhere.
  const policy = `default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:;${model.live === undefined ? '' : " connect-src 'self';"} base-uri 'none'; form-action 'none'`;
  return [
    `<!doctype html>\n<html lang="en"${theme === undefined ? '' : ` data-theme="${theme}"`}>\n<head>\n<meta charset="utf-8">\n`,
    `<meta http-equiv="Content-Security-Policy" content="${policy}">\n`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="generator" content="nextbar ${escapeHtml(model.version)}">\n`,
    `<meta name="color-scheme" content="light dark">\n<title>${escapeHtml(title)}</title>\n<link rel="icon" href="data:,">\n<script>${early}</script>\n<style>${style}</style>\n</head>\n<body>\n`,
    `<a class="skip" href="#main">Skip to the report</a>\n<header class="topbar"><span class="brand">${mark}nextbar</span><nav aria-label="Parts of the report">${nav}</nav>`,
    `<button class="icon" id="theme" type="button" aria-label="Change the theme"><svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.4"/><path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor"/></svg></button></header>\n`,
    `<main id="main">\n<div class="card failed" id="failed" role="alert" hidden></div>\n${hero}\n`,
    ...sections.map(({ html }) => `${html}\n`),
    `<footer>${footer}</footer>\n</main>\n<div id="said" class="hidden" role="status" aria-live="polite"></div>\n`,
    `<script type="application/json" id="model">${scriptJson(model)}</script>\n`,
    ...[...chunks].map(([name, text]) => `<script type="text/plain" id="chunk-${name}">${text}</script>\n`),
    `<script>${scriptCode(script)}</script>\n</body>\n</html>\n`,
  ];
}

/** A section with its heading. */
export function section(id: string, name: string, about: string, inner: string): Section {
  const said = about === '' ? '' : `<p>${about}</p>`;
  return {
    id,
    name,
    html: `<section id="${id}" aria-labelledby="${id}-title"><header><h2 id="${id}-title">${escapeHtml(name)}</h2>${said}</header>${inner}</section>`,
  };
}

/** A card with a picture and what it shows. */
export function card(title: string, about: string, inner: string, kind = ''): string {
  return `<figure class="card${kind === '' ? '' : ` ${kind}`}"><h3>${escapeHtml(title)}</h3><p class="note">${escapeHtml(about)}</p>${inner}</figure>`;
}

/** Names and values beside each other. */
export function facts(rows: readonly (readonly [name: string, html: string])[]): string {
  return `<dl class="facts">${rows.map(([name, html]) => `<dt>${escapeHtml(name)}</dt><dd>${html}</dd>`).join('')}</dl>`;
}

/** The place of a chart that the page's script draws. */
export function chartPlace(attribute: string, label: string, head = ''): string {
  return `<div class="card chartcard" ${attribute}><div class="charthead">${head}</div><div class="legend"><div class="ohlc"></div><div class="keys"></div></div><div class="canvas" tabindex="0" role="group" aria-label="${escapeHtml(label)}"></div></div>`;
}
