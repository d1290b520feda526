/** `nextbar dataset status`, `graph`, `publish` and `sql`: what is built, from what, publishing it, and queries. */
import { join } from 'node:path';

import { formatTime } from '../../core/index.ts';
import type { Publisher } from '../../dataset/index.ts';
import { printable } from '../output/printable.ts';
import { count, counted, size, span } from '../output/words.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag, flagsNamed } from '../shell/flags.ts';
import { onlyOperand } from '../shell/options.ts';
import { usage } from '../shell/usage.ts';
import { datasetOption, folderOfDataset, openDataset } from './place.ts';

async function status(given: GivenOptions, context: CommandContext): Promise<number> {
  const dataset = await openDataset(given, context, false);
  try {
    const found = dataset.status();
    if (given.has('json')) {
      context.stdout.write(`${JSON.stringify(found)}\n`);
    } else {
      const { table } = await import('../output/table.ts');
      const now = context.runtime.now();
      const rows = found.map(({ asset, done, failed, outdated, rows: lines, bytes, first, last, made }) => [
        asset, count(done), count(lines), size(bytes), first === undefined || first === last ? (first ?? '') : `${first} to ${last!}`,
        made === undefined ? 'not built' : `${span(now - made)} ago`,
        [...(failed > 0 ? [`${failed} failed`] : []), ...(outdated > 0 ? [`${outdated} outdated`] : [])].join(', '),
      ]); // prettier-ignore
      context.stdout.write(table([['asset', 'partitions', 'rows', 'size', 'period', 'made', ''], ...rows]));
      for (const { asset, errors, leftOut } of found) {
        for (const error of errors) context.stdout.write(`failed: ${asset} ${printable(error)}\n`);
        for (const { symbol, status: state, partitions, last, reason } of leftOut) {
          context.stdout.write(
            `${state}: ${symbol} in ${counted(partitions, 'partition')} of ${asset}, the last ${last}: ${printable(reason)}\n`,
          );
        }
      }
    }
    return found.every(({ failed }) => failed === 0) ? 0 : 1;
  } finally {
    dataset.close();
  }
}

async function graph(given: GivenOptions, context: CommandContext): Promise<number> {
  const dataset = await openDataset(given, context, false);
  try {
    const edges = dataset.assets.map(({ name, deps }) => ({ asset: name, from: deps }));
    if (given.has('json')) context.stdout.write(`${JSON.stringify(edges)}\n`);
    else {
      for (const { asset, from } of edges) {
        context.stdout.write(from.length === 0 ? `${asset}\n` : `${asset}  <-  ${from.join(', ')}\n`);
      }
    }
    return 0;
  } finally {
    dataset.close();
  }
}

async function publishTo(given: GivenOptions, context: CommandContext): Promise<number> {
  const { FolderPublisher, HuggingFacePublisher, publish, S3Publisher } = await import('../../dataset/index.ts');
  const to = given.get('to') ?? join(folderOfDataset(given), 'published');
  const { env } = context;
  const publisher = ((): Publisher => {
    const url = given.get('url');
    const [, kind, place = ''] = /^(hf|s3):(.*)$/.exec(to) ?? [];
    if (kind === 'hf') return new HuggingFacePublisher({ repository: place, env, ...(url !== undefined && { url }) });
    if (kind !== 's3') return new FolderPublisher(to);
    if (url === undefined) throw usage('--to s3:BUCKET needs --url, the address of the store');
    const [bucket = '', ...prefix] = place.split('/');
    const region = env['AWS_REGION'];
    return new S3Publisher({
      bucket, url, env, runtime: context.runtime,
      ...(prefix.length > 0 && { prefix: `${prefix.join('/')}/` }),
      ...(region !== undefined && { region }),
    }); // prettier-ignore
  })();
  const dataset = await openDataset(given, context, false);
  try {
    const { sent, unchanged, removed, bytes } = await publish(dataset, publisher, context.runtime);
    context.stdout.write(
      given.has('json')
        ? `${JSON.stringify({ to, sent, unchanged, removed, bytes })}\n`
        : `${to}: ${count(sent)} files sent with ${size(bytes)}, ${count(unchanged)} unchanged, ${count(removed)} removed\n`,
    );
    return 0;
  } finally {
    dataset.close();
  }
}

async function sql(given: GivenOptions, context: CommandContext): Promise<number> {
  const query = onlyOperand(given, 'which query? nextbar dataset sql "SELECT ..."', 'query');
  const { DatasetClient } = await import('../../dataset/index.ts');
  const from = given.get('from') ?? join(folderOfDataset(given), 'published');
  const client = await DatasetClient.open({ from, runtime: context.runtime });
  try {
    const answer = await client.sql(query, given.all('value').map((text) => (/^-?[\d.]+$/.test(text) ? Number(text) : text))); // prettier-ignore
    if (given.has('json')) context.stdout.write(`${JSON.stringify(answer.toRows())}\n`);
    else {
      const { table } = await import('../output/table.ts');
      const shown = answer.toRows().slice(0, 1000).map((row) => answer.names.map((name) => shownAs(name, row[name]))); // prettier-ignore
      context.stdout.write(table([[...answer.names], ...shown]));
      if (answer.length > shown.length) context.stdout.write(`and ${count(answer.length - shown.length)} more rows\n`);
    }
    return 0;
  } finally {
    client.close();
  }
}

function shownAs(name: string, value: unknown): string {
  if (value === undefined) return '';
  if (name === 'time' && typeof value === 'number') return formatTime(value);
  return printable(typeof value === 'string' ? value : JSON.stringify(value));
}

export const statusCommand: Command = {
  name: 'dataset status',
  about:
    'Show which partitions of each asset are built, how fresh they are, and what failed. Exit code 1 if anything failed.',
  options: [datasetOption, ...flagsNamed('json')],
  examples: ['nextbar dataset status'],
  run: status,
};

export const graphCommand: Command = {
  name: 'dataset graph',
  about: 'Show which asset is built from which.',
  options: [datasetOption, ...flagsNamed('json')],
  examples: ['nextbar dataset graph'],
  run: graph,
};

export const publishCommand: Command = {
  name: 'dataset publish',
  about:
    'Publish the gold tables as Parquet, with spec.json and a card: to a folder, Hugging Face or a store that speaks S3.',
  usage: '[--to PLACE] [options]',
  options: [
    datasetOption,
    {
      name: 'to',
      value: 'PLACE',
      about: 'A folder (default: the folder published of the dataset), hf:OWNER/NAME or s3:BUCKET/PREFIX',
    },
    flag('url', {
      about:
        'With --to s3:..., the address of the store (required); with --to hf:..., another server than huggingface.co',
    }),
    flag('json'),
  ],
  examples: ['nextbar dataset publish', 'HF_TOKEN=... nextbar dataset publish --to hf:name/market-data'],
  run: publishTo,
};

export const sqlCommand: Command = {
  name: 'dataset sql',
  about: 'Run SQL over the tables of a published dataset.',
  operands: 'QUERY',
  usage: '[--from PLACE] [options]',
  options: [
    datasetOption,
    {
      name: 'from',
      value: 'PLACE',
      about: 'The folder or the address of a published dataset (default: the folder published of the dataset)',
    },
    {
      name: 'value',
      value: 'TEXT',
      isRepeated: true,
      about: 'The value of the next question mark in the query; repeat it for several',
    },
    ...flagsNamed('json'),
  ],
  examples: ['nextbar dataset sql "SELECT symbol, count(*) AS bars FROM bars_1h GROUP BY symbol"'],
  run: sql,
};
