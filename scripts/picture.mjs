// Makes an SVG of what a terminal shows: script -qec 'npm run -s demo' /dev/null | node scripts/picture.mjs OUT.svg [LINES]
import { readFileSync, writeFileSync } from 'node:fs';

const [out, most = 'Infinity'] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node scripts/picture.mjs OUT.svg [LINES] < terminal output');
  process.exit(2);
}

const colours = { 31: '#f47067', 32: '#57ab5a', 33: '#c69026', 34: '#539bf5', 36: '#39c5cf' };
const [charWidth, lineHeight, margin] = [8.43, 19, 18];
const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** One line as runs of text of one style each. */
function runsOf(line) {
  const runs = [];
  let style = {};
  for (const part of line.split(/(\x1b\[[\d;]*m)/)) {
    const codes = /^\x1b\[([\d;]*)m$/.exec(part)?.[1];
    if (codes === undefined) {
      if (part !== '') runs.push({ text: part, ...style });
      continue;
    }
    for (const code of codes.split(';').map(Number)) {
      if (code === 0) style = {};
      else if (code === 1) style = { ...style, bold: true };
      else if (code === 2) style = { ...style, dim: true };
      else if (code === 22) style = { ...style, bold: false, dim: false };
      else if (code === 39) style = { ...style, colour: undefined };
      else if (code in colours) style = { ...style, colour: colours[code] };
    }
  }
  return runs;
}

/** The lines that are left on a terminal: what was drawn over, such as a progress bar or a screen that is drawn in place, is gone. */
function screenOf(text) {
  const rows = [''];
  let row = 0;
  for (const part of text.replaceAll('\r\n', '\n').split(/(\n|\r|\x1b\[[\d;?]*[A-Za-z])/)) {
    const [, count, control] = /^\x1b\[([\d;?]*)([A-Za-z])$/.exec(part) ?? [];
    if (part === '\n') rows[++row] ??= '';
    else if (part === '\r' || control === 'K') rows[row] = '';
    else if (control === 'A') row = Math.max(0, row - Number(count || 1));
    else if (control === 'J') rows.length = row + 1;
    else if (control === undefined || control === 'm') rows[row] += part;
  }
  return rows;
}

const lines = screenOf(readFileSync(0, 'utf8')).slice(0, Number(most));
while (lines.length > 0 && lines.at(-1).trim() === '') lines.pop();

const plain = lines.map((line) => line.replace(/\x1b\[[\d;]*m/g, ''));
const width = Math.ceil(Math.max(...plain.map((line) => [...line].length)) * charWidth + 2 * margin);
const height = lines.length * lineHeight + 2 * margin;
const rows = lines.map((line, row) => {
  let column = 0;
  const spans = runsOf(line).map(({ text, bold, dim, colour }) => {
    const x = margin + column * charWidth;
    const length = [...text].length;
    column += length;
    if (text.trim() === '') return '';
    const fill = colour ?? (dim ? '#8b949e' : '#d1d7e0');
    const weight = bold ? ' font-weight="bold"' : '';
    return `<tspan x="${x.toFixed(1)}" textLength="${(length * charWidth).toFixed(1)}" fill="${fill}"${weight}>${escape(text)}</tspan>`;
  });
  const y = margin + (row + 0.75) * lineHeight;
  return column === 0 ? '' : `<text y="${y.toFixed(1)}" xml:space="preserve">${spans.join('')}</text>`;
});
const font = "'SFMono-Regular', Menlo, Consolas, 'DejaVu Sans Mono', monospace";
writeFileSync(
  out,
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${font}" font-size="14">
<rect width="100%" height="100%" rx="8" fill="#161b22"/>
${rows.filter((row) => row !== '').join('\n')}
</svg>
`,
);
