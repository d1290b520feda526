// Makes an SVG of what a terminal shows: script -qec 'npm run -s demo' /dev/null | node scripts/picture.mjs OUT.svg
import { readFileSync, writeFileSync } from 'node:fs';

const [out] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node scripts/picture.mjs OUT.svg < terminal output');
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

// What a carriage return overwrote, such as a progress bar, is gone from the terminal too.
const lines = readFileSync(0, 'utf8')
  .replaceAll('\r\n', '\n')
  .split('\n')
  .map((line) => line.slice(line.lastIndexOf('\r') + 1).replace(/\x1b\[[\d;?]*[A-LN-Za-ln-z]/g, ''));
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
