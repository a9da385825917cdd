import { AccountdError } from "./control.js";

/** An operation's name can be given in place of a match: `"gitlab.v4.users.create"` or `{ operation, user, … }`. */
export function toMatch(match) {
  return typeof match === "string" ? { operation: match } : match;
}

/** A request in one line: `#3 POST /api/v4/users (gitlab.v4.users.create) by root: 201`. */
export function summary({ seq, operation, user, request, answer }) {
  const what = `${request.method} ${request.path} (${operation ?? "unrouted"})`;
  return `#${seq} ${what}${user ? ` by ${user}` : ""}: ${answer?.status ?? "no answer"}`;
}

/** The journal of the requests that a stand-in has answered. */
export class Requests {
  #control;

  constructor(control) {
    this.#control = control;
  }

  list({ since = 0 } = {}) {
    return pages(since, (since) => this.#control.get(`requests?since=${since}`));
  }

  find(match, { since = 0 } = {}) {
    return pages(since, (since) => this.#control.post("requests/find", { match: toMatch(match), since }));
  }

  async expect(match, { times, wait_ms } = {}) {
    const body = { match: toMatch(match), times, wait_ms };
    try {
      await this.#control.post("requests/expect", body);
    } catch (error) {
      throw error.code === "unmet" ? await this.#explain(error, body.match) : error;
    }
  }

  async clear() {
    await this.#control.delete("requests");
  }

  /** The same error, with what was expected and with the closest requests in its message. */
  async #explain({ status, body }, match) {
    const lines = [`${body.message}: ${JSON.stringify(match)}`];
    for (const { seq, differs } of body.closest) {
      const [entry] = (await this.#control.get(`requests?since=${seq - 1}`)).requests;
      lines.push(`  ${summary(entry)} differs in ${differs.join(", ")}`);
    }
    return new AccountdError(status, { ...body, message: lines.join("\n") });
  }
}

/** An answer holds about a mebibyte of entries, and says whether there are more. */
async function pages(since, get) {
  const entries = [];
  for (let page = { last: since, more: true }; page.more; ) {
    page = await get(page.last);
    entries.push(...page.requests);
  }
  return entries;
}
