/// <reference lib="esnext.disposable" />

/** A time: a `Date`, or a text in RFC 3339 such as `"2026-01-31T12:00:00Z"`. */
export type Time = Date | string;

/** The JSON objects of the control service have the names that its documentation gives them. */
export type Json = Record<string, unknown>;

export interface StartOptions {
  /** Fixture files, relative to `root`. Without any, the accounts of `accountd demo`. */
  seed?: string | string[];
  /** What the clock shows at the start; with `,frozen` at the end of the text it stands still. */
  clock?: Time;
  /** Answer 501 to requests that no route handles. */
  strict?: boolean;
  /** Take ids, tokens and codes from a generator that starts again with each reset; a number is its seed. */
  deterministic?: boolean | number;
  /** How many requests the journal holds. */
  journal?: number | "off";
  /** Further arguments of `accountd stand-in`. */
  args?: string[];
  /** The directory that seeds are relative to: by default, the root of the test run. */
  root?: string;
  /** The program, by default `ACCOUNTD_BINARY` or the one that npm installed for this platform. */
  binary?: string;
  /** Write a log of this level to stderr, for example `"info"`. */
  log?: string;
}

export interface Match {
  operation?: string;
  dialect?: string;
  method?: string;
  /** `*` stands for one segment, `**` for any number. */
  path?: string;
  user?: string;
  token_id?: number;
  header?: Record<string, string>;
  query?: Record<string, string>;
  /** JSON pointers and the values there. */
  body?: Json;
}

export interface FaultOptions {
  /** What else must match. */
  match?: Match;
  /** How many matching requests pass first. */
  after?: number;
  /** How many are then affected; by default, all. */
  times?: number;
  /** `after_commit` does the write and then loses or replaces the answer. */
  when?: "before" | "after_commit";
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  delay_ms?: number;
  credential?: "expired" | "revoked";
  rate?: { limit: number; per: string };
  connection?: "reset" | "hang" | "empty" | { truncate: number } | { dribble_ms: number };
}

/** A request in the journal, without secrets. */
export interface Entry {
  seq: number;
  at: string;
  took_us: number;
  operation?: string;
  /** No route handles it. */
  unrouted?: true;
  dialect: string | null;
  user: string | null;
  token: { id: number; name: string | null } | null;
  request: { method: string; path: string; query: Json; headers: Json; body?: Json; body_bytes?: number };
  /** The fields that the handler did not read. */
  ignored: string[];
  /** Null if none was sent. */
  answer: { status: number; headers: Json; body?: unknown; body_bytes?: number } | null;
  /** The id of the rule that affected it. */
  fault: number | null;
}

/** The clock of a stand-in. Its methods return the time that it then shows. */
export declare class Clock {
  private constructor();
  now(): Promise<Date>;
  /** Moves the clock forward: `"2h"`, `"90s"`. */
  advance(by: string): Promise<Date>;
  /** Stops the clock, at this time if it is given. */
  freeze(now?: Time): Promise<Date>;
  /** Moves the clock to this time, from which it runs. */
  set(now: Time): Promise<Date>;
  /** Returns to the real time. */
  reset(): Promise<Date>;
}

export declare class Requests {
  private constructor();
  /** All requests in the journal, or those after the one with this `seq`. */
  list(options?: { since?: number }): Promise<Entry[]>;
  find(match: string | Match, options?: { since?: number }): Promise<Entry[]>;
  /**
   * Rejects with an error that names the closest requests, unless there were this many such requests. With `wait_ms` it
   * waits for them.
   */
  expect(match: string | Match, options?: { times?: number; wait_ms?: number }): Promise<void>;
  clear(): Promise<void>;
}

/** A rule that makes requests fail. */
export declare class Fault {
  private constructor();
  readonly id: number;
  /** How many requests it has affected. */
  hits(): Promise<number>;
  /** Ends the rule. A reset does so, too. */
  remove(): Promise<void>;
}

/** All rules of a stand-in. */
export declare class Faults {
  private constructor();
  /** The rules as they were given, each with its `id` and `hits`. */
  list(): Promise<(Json & { id: number; hits: number })[]>;
  clear(): Promise<void>;
}

/** An account server that a test suite controls. */
export declare class StandIn implements AsyncDisposable {
  private constructor();
  /** Starts a server of its own. It ends with this process, however that ends. */
  static start(options?: StartOptions): Promise<StandIn>;
  /**
   * Uses a server that something else has started: `accountd stand-in`, or `accountd serve --memory --control`, whose
   * control token is needed unless it listens on loopback.
   */
  static connect(url: string, options?: { token?: string }): StandIn;

  readonly url: string;
  readonly clock: Clock;
  readonly requests: Requests;
  readonly faults: Faults;

  /** Restores what was there after the seeds, nothing at all (`"empty"`), or a snapshot. */
  reset(to?: "seed" | "empty" | `snapshot:${string}`): Promise<{ epoch: number; took_us: number }>;
  /** Makes a token of this user. */
  token(user: string, options?: { scopes?: string[]; name?: string; expires_at?: string }): Promise<string>;
  /** Makes requests of this operation, or requests that match, fail. */
  fail(match: string | Match, options: FaultOptions): Promise<Fault>;
  /** The session cookie of this user, for a browser test that skips the form. */
  signIn(user: string): Promise<{ name: string; value: string; url: string }>;
  /** What the next OAuth authorization request is answered, without a browser. */
  nextAuthorization(answer: { user: string } | { error: string }): Promise<void>;
  /** The accounts as a fixture, with hashes instead of secrets. */
  state(): Promise<Json>;
  /** Adds the accounts of a fixture, all or none. */
  importState(fixture: Json): Promise<{ users: { username: string; id: number }[] }>;
  /** Keeps the current state under this name, and returns what `reset` takes to restore it. */
  snapshot(name: string): Promise<`snapshot:${string}`>;
  deleteSnapshot(name: string): Promise<void>;
  snapshots(): Promise<{ name: string; bytes: number }[]>;
  /** A stand-in with a complete state and a port of its own, in the same process. Its `stop` deletes it. */
  sandbox(name: string, options?: { from?: "seed" | "empty" | "current" | `snapshot:${string}` }): Promise<StandIn>;
  deleteSandbox(name: string): Promise<void>;
  sandboxes(): Promise<{ name: string; url: string }[]>;
  /** The names that `fail` and `requests` know operations by. */
  operations(): Promise<string[]>;
  health(): Promise<{ version: string; sandbox: string; epoch: number }>;
  /** Stops the server if `start` made it, deletes it if it is a sandbox, and closes the connections to it. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** An answer of the control service that is an error. */
export declare class AccountdError extends Error {
  private constructor();
  readonly status: number;
  /** What the service calls the error: `unknown_key`, `not_found`, … */
  readonly code: string | undefined;
  readonly body: Json | undefined;
}

/** The path of the program: `ACCOUNTD_BINARY`, or the one in the package for this platform. */
export declare function findBinary(): string;
