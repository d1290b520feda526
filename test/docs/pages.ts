/** The pages of the documentation: their links, their code blocks, and the members that their prose names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** README.md and every page below docs, but for the generated reference. */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((path) => posix.join('docs', path.replaceAll('\\', '/')))
    .filter((path) => path.endsWith('.md') && !path.startsWith('docs/api/'))
    .sort(),
];

export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** Declarations that a fragment takes for granted; undefined for a block without the mark. */
  readonly given: string | undefined;
  /** The text block that follows with the mark of an output. */
  readonly output: string | undefined;
}

/** Every fenced block of a page. */
export function blocksOf(page: string): Block[] {
  const text = read(page);
  const found = [...text.matchAll(/(?:<!-- given:([\s\S]*?)-->\s*\n)?^```(\w*)\n([\s\S]*?)^```$/gm)];
  return found.map((match) => {
    const after = text.slice(match.index + match[0].length);
    return {
      page,
      line: text.slice(0, match.index).split('\n').length,
      language: match[2]!,
      code: match[3]!,
      given: match[1],
      output: /^(?:(?!^```)[\s\S])*?<!-- output of the block above -->\s*```text\n([\s\S]*?)^```$/m.exec(after)?.[1],
    };
  });
}

/** A page without its fenced blocks. */
export function proseOf(page: string): string {
  return read(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** Links of a page to files of the project, as paths from its root with their anchors. */
export function linksOf(page: string): { to: string; anchor: string | undefined }[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1]!)
    .filter((to) => !to.includes('://') && !to.startsWith('mailto:'))
    .map((link) => {
      const [path, anchor] = link.split('#');
      return { to: path === '' ? page : posix.join(posix.dirname(page), path!), anchor };
    });
}

/** The anchors that the headings of a page make. */
export function anchorsOf(page: string): string[] {
  return [...proseOf(page).matchAll(/^#+ (.+)$/gm)].map(
    ([, heading]) =>
    heading!.toLowerCase().replaceAll(/[`*]/g, '').replaceAll(/[^\p{L}\p{N} _-]/gu, '').trim().replaceAll(' ', '-'), // prettier-ignore
  );
}

export const isThere = (path: string): boolean => existsSync(join(root, path));
