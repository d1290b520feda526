/** The platform's tables, as plain SQL that SQLite and PostgreSQL both run. */

/** One step of the schema. A step that has been released never changes; a later one changes what it made. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/**
 * Runs on PostgreSQL only, before the first step: text ordered by its bytes, as SQLite orders it. For SQLite `sorted_text` is a text column
 * because its name has TEXT in it.
 */
export const postgresPrelude = `
DO $$ BEGIN
  CREATE DOMAIN sorted_text AS text COLLATE "C";
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;`;

/** Times are milliseconds UTC; flags are 0 and 1, since SQLite has no booleans. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'exchanges, symbols, intervals, runs of the syncer, copies of bars',
    sql: `
CREATE TABLE exchanges (
  exchange sorted_text PRIMARY KEY, name sorted_text NOT NULL, adapter sorted_text NOT NULL, source sorted_text NOT NULL,
  first_seen bigint NOT NULL, synced bigint NOT NULL);

CREATE TABLE symbols (
  exchange sorted_text NOT NULL, venue_id sorted_text NOT NULL, symbol sorted_text NOT NULL, venue_symbol sorted_text NOT NULL,
  type sorted_text NOT NULL, base sorted_text NOT NULL, quote sorted_text NOT NULL, settle sorted_text,
  tick double precision, lot double precision, min_size double precision, max_size double precision,
  min_notional double precision, contract_size double precision,
  active smallint NOT NULL, listed bigint, delisted bigint, first_seen bigint NOT NULL, last_seen bigint NOT NULL, changed bigint NOT NULL,
  PRIMARY KEY (exchange, venue_id));
CREATE INDEX symbols_by_symbol ON symbols (exchange, symbol, venue_id);

CREATE TABLE symbol_names (
  exchange sorted_text NOT NULL, venue_id sorted_text NOT NULL, symbol sorted_text NOT NULL, since bigint NOT NULL, until bigint,
  PRIMARY KEY (exchange, venue_id, since));
CREATE INDEX symbol_names_by_symbol ON symbol_names (exchange, symbol);

CREATE TABLE symbol_changes (
  exchange sorted_text NOT NULL, venue_id sorted_text NOT NULL, time bigint NOT NULL, kind sorted_text NOT NULL,
  symbol sorted_text NOT NULL, was sorted_text, became sorted_text,
  PRIMARY KEY (exchange, time, venue_id, kind));

CREATE TABLE intervals (
  exchange sorted_text NOT NULL, interval_name sorted_text NOT NULL, length_ms bigint, active smallint NOT NULL,
  first_seen bigint NOT NULL, last_seen bigint NOT NULL,
  PRIMARY KEY (exchange, interval_name));

CREATE TABLE sync_runs (
  exchange sorted_text NOT NULL, started bigint NOT NULL, ended bigint NOT NULL, ok smallint NOT NULL,
  symbols bigint NOT NULL, added bigint NOT NULL, changed bigint NOT NULL, renamed bigint NOT NULL, delisted bigint NOT NULL,
  relisted bigint NOT NULL, refused bigint NOT NULL, bars bigint NOT NULL, error sorted_text,
  PRIMARY KEY (exchange, started));
CREATE INDEX sync_runs_by_start ON sync_runs (started, exchange);

CREATE TABLE bars (
  exchange sorted_text NOT NULL, origin sorted_text NOT NULL, type sorted_text NOT NULL, symbol sorted_text NOT NULL,
  timeframe sorted_text NOT NULL, time bigint NOT NULL,
  open double precision NOT NULL, high double precision NOT NULL, low double precision NOT NULL, close double precision NOT NULL,
  volume double precision NOT NULL,
  PRIMARY KEY (exchange, origin, type, symbol, timeframe, time));

CREATE TABLE bar_copies (
  exchange sorted_text NOT NULL, origin sorted_text NOT NULL, type sorted_text NOT NULL, symbol sorted_text NOT NULL,
  timeframe sorted_text NOT NULL, copied_until bigint NOT NULL, updated bigint NOT NULL,
  PRIMARY KEY (exchange, origin, type, symbol, timeframe));`,
  },
  {
    version: 2,
    name: 'tokens and their revocation',
    sql: `
CREATE TABLE tokens (
  token sorted_text PRIMARY KEY, subject sorted_text NOT NULL, scopes sorted_text NOT NULL, key_id sorted_text NOT NULL,
  issued bigint NOT NULL, expires bigint NOT NULL, revoked bigint, reason sorted_text);`,
  },
  {
    version: 3,
    name: 'signals, each once',
    sql: `
CREATE TABLE signals (
  signal sorted_text PRIMARY KEY, session sorted_text NOT NULL, token sorted_text NOT NULL, subject sorted_text NOT NULL, received bigint NOT NULL);
CREATE INDEX signals_by_time ON signals (received);`,
  },
];
