import { findBinary } from "./binary.js";
import { Clock } from "./clock.js";
import { Control } from "./control.js";
import { Fault, Faults } from "./faults.js";
import { Requests, toMatch } from "./requests.js";
import { Server } from "./server.js";

/** An account server that a test suite controls. */
export class StandIn {
  #control;
  #token;
  #stop;

  /** Starts a server of its own. */
  static async start(options = {}) {
    const { binary = findBinary(), root = process.cwd(), log } = options;
    const server = await Server.start({ binary, args: toArguments(options), cwd: root, log });
    return new StandIn(server.url, undefined, () => server.stop());
  }

  /** Uses a server that something else has started: `accountd stand-in`, or `accountd serve --memory --control`. */
  static connect(url, { token } = {}) {
    return new StandIn(url, token);
  }

  constructor(url, token, stop = async () => {}) {
    this.url = url;
    this.#control = new Control(url, token);
    this.#token = token;
    this.#stop = stop;
    this.clock = new Clock(this.#control);
    this.requests = new Requests(this.#control);
    this.faults = new Faults(this.#control);
  }

  /** Restores what was there after the seeds, nothing at all (`"empty"`), or a snapshot (`"snapshot:NAME"`). */
  reset(to = "seed") {
    return this.#control.post("reset", { to });
  }

  /** A new token of this user. */
  async token(user, { scopes, name, expires_at } = {}) {
    return (await this.#control.post("tokens", { user, scopes, name, expires_at })).token;
  }

  /** Makes matching requests fail. Everything but the first four options is the effect: `status`, `delay_ms`, … */
  async fail(match, { match: more, after, times, when, ...effect } = {}) {
    const rule = { match: { ...toMatch(match), ...more }, after, times, when, effect };
    return new Fault(this.#control, await this.#control.post("faults", rule));
  }

  /** The session cookie of this user, for a browser that skips the form, as `context.addCookies` takes it. */
  async signIn(user) {
    const { name, value } = await this.#control.post("sign-ins", { user });
    return { name, value, url: this.url };
  }

  /** What the next OAuth authorization request is answered: `{ user: "jane" }` or `{ error: "access_denied" }`. */
  async nextAuthorization(answer) {
    await this.#control.post("oauth/next", answer);
  }

  /** The accounts as a fixture. */
  state() {
    return this.#control.get("state");
  }

  /** Adds the accounts of a fixture, all or none. */
  importState(fixture) {
    return this.#control.post("import", fixture);
  }

  /** Keeps the current state under this name, and returns what `reset` takes to restore it. */
  async snapshot(name) {
    await this.#control.put(`snapshots/${encodeURIComponent(name)}`);
    return `snapshot:${name}`;
  }

  async deleteSnapshot(name) {
    await this.#control.delete(`snapshots/${encodeURIComponent(name)}`);
  }

  async snapshots() {
    return (await this.#control.get("snapshots")).snapshots;
  }

  /** A stand-in with a complete state and a port of its own, in the same process. `stop` deletes it. */
  async sandbox(name, { from } = {}) {
    const { url } = await this.#control.post("sandboxes", { name, from });
    return new StandIn(url, this.#token, () => this.deleteSandbox(name));
  }

  async deleteSandbox(name) {
    await this.#control.delete(`sandboxes/${encodeURIComponent(name)}`);
  }

  async sandboxes() {
    return (await this.#control.get("sandboxes")).sandboxes;
  }

  /** The names of all operations. */
  async operations() {
    return (await this.#control.get("operations")).operations;
  }

  health() {
    return this.#control.get("health");
  }

  /** Stops the server if `start` made it, deletes it if it is a sandbox, and closes the connections to it. */
  async stop() {
    const stop = this.#stop;
    this.#stop = async () => {};
    this.#control.close();
    await stop();
  }

  [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    return this.stop();
  }
}

function toArguments({ seed = [], clock, strict, deterministic, journal, args = [] }) {
  const option = (name, value = false) => {
    if (typeof value === "boolean") {
      return value ? [name] : [];
    }
    return [name, `${value}`];
  };
  return [
    ...option("--clock", clock instanceof Date ? clock.toISOString() : clock),
    ...option("--strict", strict),
    ...option("--deterministic", deterministic),
    ...option("--journal", journal),
    ...args,
    "--",
    ...[seed].flat(),
  ];
}
