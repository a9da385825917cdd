import { Agent, request } from "node:http";

/** An answer of the control service that is an error. */
export class AccountdError extends Error {
  name = "AccountdError";

  constructor(status, body) {
    super(message(status, body));
    this.status = status;
    /** What the service calls the error: `unknown_key`, `not_found`, … */
    this.code = body?.error;
    this.body = body;
  }
}

function message(status, body) {
  const position = body?.line === undefined ? "" : ` (line ${body.line}, column ${body.column})`;
  return `${body?.message ?? `the control service answered ${status}`}${position}`;
}

/**
 * Calls the control service of one server. Uses `node:http` on connections that are kept, and not `fetch`, which tests
 * often replace.
 */
export class Control {
  #url;
  #headers;
  #agent = new Agent({ keepAlive: true });

  constructor(url, token) {
    this.#url = new URL("/_accountd/", url);
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  get(path) {
    return this.#call("GET", path);
  }

  post(path, body) {
    return this.#call("POST", path, body);
  }

  put(path, body) {
    return this.#call("PUT", path, body);
  }

  delete(path) {
    return this.#call("DELETE", path);
  }

  close() {
    this.#agent.destroy();
  }

  async #call(method, path, body) {
    const payload = body === undefined ? "" : JSON.stringify(body);
    const { status, text } = await this.#send(method, path, payload);
    let answer;
    try {
      answer = text === "" ? undefined : JSON.parse(text);
    } catch {
      throw new AccountdError(status, { message: `${method} ${path} was not answered with JSON (status ${status})` });
    }
    if (status >= 400) {
      throw new AccountdError(status, answer);
    }
    return answer;
  }

  #send(method, path, payload) {
    return new Promise((resolve, reject) => {
      const length = Buffer.byteLength(payload);
      const headers = { ...this.#headers, "content-type": "application/json", "content-length": length };
      const call = request(new URL(path, this.#url), { method, headers, agent: this.#agent }, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk) => (text += chunk));
        response.on("end", () => resolve({ status: response.statusCode, text }));
        response.on("error", reject);
      });
      call.on("error", (error) => {
        // The server closed an idle connection at the same moment, so it has not seen the request.
        if (call.reusedSocket && ["ECONNRESET", "EPIPE"].includes(error.code)) {
          this.#send(method, path, payload).then(resolve, reject);
        } else {
          reject(new Error(`accountd at ${this.#url.origin} cannot be reached: ${error.message}`, { cause: error }));
        }
      });
      call.end(payload);
    });
  }
}
