/** `nextbar play`: plays a recording into the view of `nextbar stream`, or into its sinks. */
import { existsSync, readFileSync, statSync } from 'node:fs';

import { floatReader, Playback, readRecording, recordedProtocol, recordedVenue } from '../../connectors/index.ts';
import { ConfigError, type StreamEvent } from '../../core/index.ts';
import { placing } from '../config/place.ts';
import { ProcessEnd } from '../live/process-end.ts';
import type { Command, CommandContext, GivenOptions } from '../shell/command.ts';
import { flag } from '../shell/flags.ts';
import { numberOption, onlyOperand, wholeNumber } from '../shell/options.ts';
import { Outlets } from './outlets.ts';

/** Frames between two checks whether sinks are full. */
const framesAtOnce = 500;

async function run(given: GivenOptions, context: CommandContext): Promise<number> {
  const path = onlyOperand(given, 'play takes a recording, such as one of nextbar record', 'recording');
  if (!existsSync(path)) throw new ConfigError(`there is no recording ${path}`);
  if (!statSync(path).isFile()) throw new ConfigError(`a recording is a file, and ${path} is a folder`);
  const recording = readRecording(path, readFileSync(path));
  const exchange = given.get('exchange') ?? recordedVenue(recording.meta.exchange);
  const protocol = recordedProtocol(recording, exchange);
  const speed = given.get('speed') === 'max' ? Infinity : (numberOption(given, 'speed') ?? (context.stdout.isTTY === true && !given.has('json') ? 1 : Infinity)); // prettier-ignore
  if (!(speed > 0)) throw new ConfigError(`--speed must be above 0, was ${speed}`);
  const port = wholeNumber(given, 'metrics', 0, 65_535);
  const outlets = await Outlets.open(context, {
    title: `nextbar play  ${path}  ${exchange}`, sinks: given.all('sink'), json: given.has('json'),
    metrics: port === undefined ? undefined : { port, host: '127.0.0.1' },
    at: placing({ path: undefined, flags: { sinks: true, metrics: true } }, (field) => (field.startsWith('sinks') ? '--sink' : '--metrics')),
  }); // prettier-ignore
  const end = await ProcessEnd.take(context);
  let waiting: Promise<void>[] = [];
  const emit = (event: StreamEvent): void => {
    const wait = outlets.write(event);
    if (wait !== undefined) waiting.push(wait);
  };
  let [faults, isWhole] = [0, true];
  const depth = wholeNumber(given, 'depth', 1);
  const playback = new Playback<number>(recording, { protocol, numbers: floatReader, ...(depth !== undefined && { depth }) }, {
    event: emit,
    status: emit,
    gap: emit,
    fault: (error) => {
      faults++;
      outlets.say(error.message);
    },
    refused: (channel, symbol, reason, detail) => {
      emit({ type: 'refused', exchange, symbol, channel, reason, detail, time: context.runtime.now() });
    },
    voided: (symbol, reason) => {
      outlets.say(`the book of ${symbol} is void: ${reason}`);
    },
  }); // prettier-ignore
  try {
    const began = context.runtime.elapsed();
    const first = recording.lines.find((line) => line.t !== null)?.t ?? 0;
    for (const [i, line] of recording.lines.entries()) {
      if (end.signal.aborted) break;
      const due = line.t === null || speed === Infinity ? 0 : began + ((line.t - first) * 1000) / speed;
      if (due > context.runtime.elapsed()) await context.runtime.sleep(due - context.runtime.elapsed());
      playback.line(line);
      if (i % framesAtOnce !== 0 && waiting.length === 0) continue;
      await Promise.all(waiting);
      waiting = [];
    }
    playback.finish();
    await Promise.all(waiting);
  } finally {
    isWhole = await outlets.close(true);
    end.release();
  }
  if (faults === 0 && !end.signal.aborted && outlets.gauge.readings().every((one) => one.events === 0)) {
    const isSilent = recording.lines.every(({ dir }) => dir !== 'in' && dir !== 'event');
    context.stderr.write(`no event came from ${path}${isSilent ? ': it holds no message of a stream' : ''}\n`);
  }
  return faults > 0 || !isWhole ? 1 : end.exitCode;
}

export const playCommand: Command = {
  name: 'play',
  about: 'Play a recording into the view of nextbar stream, as JSON, or into its sinks.',
  operands: 'FILE',
  options: [
    flag('speed', { about: 'Multiple of the recorded speed, or max (default 1 on a terminal, else max)' }),
    { name: 'sink', value: 'TARGET', isRepeated: true, about: 'Write events to jsonl:FILE, sqlite:FILE, parquet:DIR, redis:// ... (see nextbar stream --help)' },
    flag('json', { about: 'Print every event as a line of JSON on stdout, and nothing else there' }),
    { name: 'exchange', value: 'ID', about: 'The exchange of the recording, if its first line names another' },
    { name: 'depth', value: 'N', about: 'Levels of each side of a book (default: all that was recorded)' },
    { name: 'metrics', value: 'PORT', about: 'Serve metrics for Prometheus at http://127.0.0.1:PORT/metrics' },
  ],
  examples: ['nextbar play btc.jsonl.gz', 'nextbar play btc.jsonl.gz --speed 10', 'nextbar play btc.jsonl.gz --sink parquet:market --json'],
  run,
}; // prettier-ignore
