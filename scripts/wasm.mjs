/** Compiles the indicators' WebAssembly: `npm run wasm` writes src/indicators/kernel/place-code.ts from place.wat. */
import { readFileSync, writeFileSync } from 'node:fs';

import wabt from 'wabt';

const folder = new URL('../src/indicators/kernel/', import.meta.url);
const { parseWat } = await wabt();
const text = readFileSync(new URL('place.wat', folder), 'utf8');
const { buffer } = parseWat('place.wat', text, { simd: true }).toBinary({});
writeFileSync(
  new URL('place-code.ts', folder),
  `/** What place.wat compiles to, in Base64; made by \`npm run wasm\`. */
export const placeCode =
  '${Buffer.from(buffer).toString('base64')}';
`,
);
