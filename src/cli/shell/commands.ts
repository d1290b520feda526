/** Every command by name: one line each, its module loaded when it is used. */
import type { CommandTable } from './command.ts';

const dataCommands: CommandTable = {
  download: {
    about: 'Download bars of exchanges into the bar store',
    load: async () => (await import('../data/download.ts')).downloadCommand,
  },
  list: { about: 'List the stored series', load: async () => (await import('../data/list.ts')).listCommand },
  info: {
    about: 'Show the ranges and sources of stored series',
    load: async () => (await import('../data/list.ts')).infoCommand,
  },
  verify: {
    about: 'Check every stored byte against its checksum',
    load: async () => (await import('../data/list.ts')).verifyCommand,
  },
  repair: {
    about: 'Rebuild a damaged catalog from the stored segments',
    load: async () => (await import('../data/list.ts')).repairCommand,
  },
  export: {
    about: 'Write stored bars to a CSV, Arrow or Parquet file',
    load: async () => (await import('../data/files.ts')).exportCommand,
  },
  import: {
    about: 'Read bars from a CSV, Arrow or Parquet file into the store',
    load: async () => (await import('../data/files.ts')).importCommand,
  },
  resample: {
    about: 'Build longer bars from shorter ones, stored or of a file',
    load: async () => (await import('../data/resample.ts')).resampleCommand,
  },
  clear: { about: 'Delete stored series', load: async () => (await import('../data/list.ts')).clearCommand },
};

const serviceCommands: CommandTable = {
  install: {
    about: 'Write a systemd unit that runs a session',
    load: async () => (await import('../operate/systemd-unit.ts')).installServiceCommand,
  },
};

const liveCommands: CommandTable = {
  arm: {
    about: 'Confirm at a terminal that a session may send orders for real money',
    load: async () => (await import('../live/arm.ts')).armCommand,
  },
};

const runsCommands: CommandTable = {
  list: {
    about: 'List the runs that were kept',
    load: async () => (await import('../runs/list.ts')).runsListCommand,
  },
  show: {
    about: 'Show a run: figures, settings, hashes, files',
    load: async () => (await import('../runs/list.ts')).runsShowCommand,
  },
  repeat: {
    about: 'Repeat a run, and show what changed',
    load: async () => (await import('../runs/repeat.ts')).runsRepeatCommand,
  },
  delete: { about: 'Delete runs', load: async () => (await import('../runs/change.ts')).runsDeleteCommand },
  tag: { about: 'Tag a run', load: async () => (await import('../runs/change.ts')).runsTagCommand },
  note: { about: 'Write a note to a run', load: async () => (await import('../runs/change.ts')).runsNoteCommand },
};

const datasetCommands: CommandTable = {
  build: {
    about: 'Build what is missing or outdated',
    load: async () => (await import('../dataset/build.ts')).buildCommand,
  },
  backfill: {
    about: 'Build a range of the past',
    load: async () => (await import('../dataset/build.ts')).backfillCommand,
  },
  run: {
    about: 'Keep building at intervals',
    load: async () => (await import('../dataset/build.ts')).runDatasetCommand,
  },
  status: {
    about: 'Show what is built, how fresh it is, and what failed',
    load: async () => (await import('../dataset/read.ts')).statusCommand,
  },
  graph: {
    about: 'Show which asset is built from which',
    load: async () => (await import('../dataset/read.ts')).graphCommand,
  },
  publish: {
    about: 'Publish the gold tables as Parquet',
    load: async () => (await import('../dataset/read.ts')).publishCommand,
  },
  sql: { about: 'Run SQL over a published dataset', load: async () => (await import('../dataset/read.ts')).sqlCommand },
};

export const commands: CommandTable = {
  run: { about: 'Run a strategy over history', load: async () => (await import('../run/run.ts')).runCommand },
  new: {
    about: 'Write a commented strategy to start from',
    load: async () => (await import('../run/new.ts')).newCommand,
  },
  optimize: {
    about: 'Search the parameters of a strategy',
    load: async () => (await import('../research/optimize.ts')).optimizeCommand,
  },
  worker: {
    about: 'Work on the sweeps of other machines',
    load: async () => (await import('../research/worker.ts')).workerCommand,
  },
  audit: {
    about: 'Check whether a strategy looks ahead',
    load: async () => (await import('../research/audit.ts')).auditCommand,
  },
  config: {
    about: 'Show the settings of a run file',
    commands: {
      show: {
        about: 'Show the settings of a run file, with the flags that override them',
        load: async () => (await import('../config/show.ts')).configShowCommand,
      },
    },
  },
  runs: { about: 'List, show, repeat and tag the runs that were kept', commands: runsCommands, fallback: 'list' },
  compare: {
    about: 'Compare kept runs: figures, settings and trades',
    load: async () => (await import('../runs/compare.ts')).compareCommand,
  },
  open: {
    about: 'Open the report of a kept run, or a file, in the browser',
    load: async () => (await import('../runs/open.ts')).openCommand,
  },
  stream: {
    about: 'Follow live markets on the terminal, as JSON, or into files, databases and message brokers',
    load: async () => (await import('../stream/stream.ts')).streamCommand,
  },
  play: {
    about: 'Play a recording into the view or the sinks of stream',
    load: async () => (await import('../stream/play.ts')).playCommand,
  },
  data: { about: 'Download, list, check, export and resample stored bars', commands: dataCommands },
  dataset: { about: 'Build, publish and query tables of market history', commands: datasetCommands },
  exchanges: {
    about: 'List the exchanges and what each offers',
    load: async () => (await import('../data/exchanges.ts')).exchangesCommand,
  },
  symbols: {
    about: 'List the symbols of an exchange with their trading rules',
    load: async () => (await import('../data/symbols.ts')).symbolsCommand,
  },
  indicators: {
    about: 'List the indicators, with formulas and parameters',
    load: async () => (await import('../reference/indicators.ts')).indicatorsCommand,
  },
  doctor: {
    about: 'Check the installation, the bar store and the connection to exchanges',
    load: async () => (await import('../data/doctor.ts')).doctorCommand,
  },
  paper: {
    about: 'Run a strategy on live prices with simulated fills',
    load: async () => (await import('../live/paper.ts')).paperCommand,
  },
  trade: {
    about: "Run a strategy on an exchange's test network",
    load: async () => (await import('../live/trade.ts')).tradeCommand,
  },
  sessions: {
    about: 'List the sessions with their states and processes',
    load: async () => (await import('../operate/sessions.ts')).sessionsCommand,
  },
  status: {
    about: 'Show what a session is doing, or how it ended',
    load: async () => (await import('../operate/status.ts')).statusCommand,
  },
  logs: {
    about: 'Print the log of a session',
    load: async () => (await import('../operate/logs.ts')).logsCommand,
  },
  stop: {
    about: 'Stop a running session, as Ctrl-C does',
    load: async () => (await import('../operate/act.ts')).stopCommand,
  },
  flatten: {
    about: 'Close every position of a running session, and pause it',
    load: async () => (await import('../operate/act.ts')).flattenCommand,
  },
  pause: {
    about: 'Let a running session only close or reduce positions',
    load: async () => (await import('../operate/act.ts')).pauseCommand,
  },
  resume: {
    about: 'Let a paused session place orders again',
    load: async () => (await import('../operate/act.ts')).resumeCommand,
  },
  recover: {
    about: 'Restore a session and compare it with its exchange',
    load: async () => (await import('../operate/recover.ts')).recoverCommand,
  },
  approve: {
    about: 'Send orders of a session that wait for approval',
    load: async () => (await import('../operate/approve.ts')).approveCommand,
  },
  decline: {
    about: 'Refuse orders of a session that wait for approval',
    load: async () => (await import('../operate/approve.ts')).declineCommand,
  },
  compact: {
    about: 'Pack the journals of a session that is not running',
    load: async () => (await import('../operate/compact.ts')).compactCommand,
  },
  parity: {
    about: 'Compare a session with a backtest over the market that it recorded',
    load: async () => (await import('../operate/parity.ts')).parityCommand,
  },
  calibrate: {
    about: 'Fit slippage, latency and queue from sessions and recordings',
    load: async () => (await import('../operate/calibrate.ts')).calibrateCommand,
  },
  prove: {
    about: "Run the conformance suite against an exchange's test network",
    load: async () => (await import('../prove/prove.ts')).proveCommand,
  },
  live: { about: 'Confirm orders for real money', commands: liveCommands },
  service: { about: 'Run sessions as systemd services', commands: serviceCommands },
  replay: {
    about: 'Replay the journal of a session and compare every decision',
    load: async () => (await import('../live/replay.ts')).replayCommand,
  },
  venue: {
    about: 'Run a local exchange to test against',
    load: async () => (await import('../venue/venue.ts')).venueCommand,
  },
  record: {
    about: 'Record the live market data of an exchange',
    load: async () => (await import('../data/record.ts')).recordCommand,
  },
  serve: {
    about: 'Serve exchanges, bars, runs and sessions over HTTP',
    load: async () => (await import('../platform/serve.ts')).serveCommand,
  },
  mcp: {
    about: 'Answer questions of assistants about bars, runs and sessions',
    load: async () => (await import('../platform/mcp.ts')).mcpCommand,
  },
  token: {
    about: 'Issue, list and revoke the tokens of the HTTP API',
    commands: {
      issue: { about: 'Issue a token', load: async () => (await import('../platform/token.ts')).tokenIssueCommand },
      list: { about: 'List issued tokens', load: async () => (await import('../platform/token.ts')).tokenListCommand },
      revoke: { about: 'Revoke a token', load: async () => (await import('../platform/token.ts')).tokenRevokeCommand },
      rotate: {
        about: 'Add a new signing key',
        load: async () => (await import('../platform/token.ts')).tokenRotateCommand,
      },
    },
  },
  sync: {
    about: 'Keep exchanges, symbols and intervals fresh in a database',
    load: async () => (await import('../platform/sync.ts')).syncCommand,
  },
  backup: {
    about: 'Write the whole platform into a folder, while it runs',
    load: async () => (await import('../platform/backup.ts')).backupCommand,
  },
  restore: {
    about: 'Restore a backup into an empty platform',
    load: async () => (await import('../platform/backup.ts')).restoreCommand,
  },
  completion: {
    about: 'Print a completion script for bash, zsh or fish',
    load: async () => (await import('./completion.ts')).completionCommand(commands),
  },
};
