/** The clock of a stand-in. Its methods return the time that it then shows. */
export class Clock {
  #control;

  constructor(control) {
    this.#control = control;
  }

  now() {
    return shown(this.#control.get("clock"));
  }

  advance(by) {
    return shown(this.#control.post("clock/advance", { by }));
  }

  freeze(now) {
    return shown(this.#control.put("clock", { now, frozen: true }));
  }

  set(now) {
    return shown(this.#control.put("clock", { now, frozen: false }));
  }

  reset() {
    return shown(this.#control.delete("clock"));
  }
}

async function shown(answer) {
  return new Date((await answer).now);
}
