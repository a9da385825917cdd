import { spawn } from "node:child_process";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const MAX_KEPT_STDERR = 8192;

/**
 * A server process. It ends when its stdin closes, so it also ends when this process is killed, and it does not keep
 * this process running.
 */
export class Server {
  #child;
  #exited;
  #stderr = "";

  /** Starts `accountd stand-in` with these arguments, and waits until it accepts connections. */
  static async start({ binary, args, cwd, log }) {
    const server = new Server(binary, args, cwd, log);
    try {
      server.url = JSON.parse(await server.#ready()).url;
    } catch (error) {
      server.#child.kill("SIGKILL");
      throw error;
    }
    for (const handle of [server.#child, ...server.#child.stdio]) {
      handle?.unref();
    }
    return server;
  }

  constructor(binary, args, cwd, log) {
    const fixed = ["stand-in", "--listen", "127.0.0.1:0", "--ready", "json", "--exit-with-stdin"];
    const stdio = ["pipe", "pipe", log ? "inherit" : "pipe"];
    this.#child = spawn(binary, [...fixed, "--log", log ?? "error", ...args], { cwd, stdio });
    this.#exited = new Promise((resolve) => {
      this.#child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-MAX_KEPT_STDERR);
    });
    // A write to a process that has ended is no error of its own.
    this.#child.stdin.on("error", () => {});
  }

  /** The line on its stdout that says that it is ready. */
  #ready() {
    return new Promise((resolve, reject) => {
      const fail = (why) => reject(new Error(`accountd did not start: ${why}\n${this.#stderr}`.trim()));
      const timeout = setTimeout(() => fail("it did not say that it is ready"), START_TIMEOUT_MS);
      const settle = (act) => (value) => {
        clearTimeout(timeout);
        act(value);
      };
      let line = "";
      this.#child.stdout.setEncoding("utf8").on("data", (text) => {
        line += text;
        if (line.includes("\n")) {
          settle(line.startsWith("{") ? resolve : () => fail(`it said ${line}`))(line);
        }
      });
      this.#child.once("error", settle((error) => fail(error.message)));
      // Unlike "exit", "close" comes after the last byte of stderr.
      this.#child.once("close", settle((code, signal) => fail(signal ?? `exit code ${code}`)));
    });
  }

  /** Stops the process and waits for its end. */
  async stop() {
    this.#child.ref();
    this.#child.stdin.end();
    const timeout = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await this.#exited;
    clearTimeout(timeout);
  }
}
