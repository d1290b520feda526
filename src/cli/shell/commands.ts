/** Every sub-command by name: one line each, its module loaded when it is used. */
import type { Command } from './command.ts';

interface CommandEntry {
  readonly about: string;
  readonly load: () => Promise<Command>;
}

export const commands: Readonly<Record<string, CommandEntry>> = {
  run: { about: 'Run a strategy over history', load: async () => (await import('../run/run.ts')).runCommand },
  new: {
    about: 'Write a commented strategy to start from',
    load: async () => (await import('../run/new.ts')).newCommand,
  },
  audit: {
    about: 'Find out whether a strategy looks ahead',
    load: async () => (await import('../run/audit.ts')).auditCommand,
  },
  data: {
    about: 'Download, list, check, export and resample stored bars',
    load: async () => (await import('../data/data.ts')).dataCommand,
  },
  exchanges: {
    about: 'List the exchanges there are',
    load: async () => (await import('../data/exchanges.ts')).exchangesCommand,
  },
  symbols: {
    about: 'List what an exchange trades',
    load: async () => (await import('../data/symbols.ts')).symbolsCommand,
  },
  doctor: {
    about: 'Check the environment and the way to an exchange',
    load: async () => (await import('../data/doctor.ts')).doctorCommand,
  },
  paper: { about: 'Run a strategy on live prices', load: async () => (await import('../live/paper.ts')).paperCommand },
  trade: {
    about: "Run a strategy on an exchange's test network",
    load: async () => (await import('../live/trade.ts')).tradeCommand,
  },
  replay: { about: 'Play a session again', load: async () => (await import('../live/replay.ts')).replayCommand },
  venue: {
    about: 'Run a local exchange to test on',
    load: async () => (await import('../venue/venue.ts')).venueCommand,
  },
  record: {
    about: 'Record live traffic of exchanges',
    load: async () => (await import('../data/record.ts')).recordCommand,
  },
};
