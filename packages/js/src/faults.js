/** A rule that makes requests fail. */
export class Fault {
  #control;

  constructor(control, { id }) {
    this.#control = control;
    this.id = id;
  }

  async hits() {
    return (await this.#control.get(`faults/${this.id}`)).hits;
  }

  async remove() {
    await this.#control.delete(`faults/${this.id}`);
  }
}

/** All rules of a stand-in. */
export class Faults {
  #control;

  constructor(control) {
    this.#control = control;
  }

  async list() {
    return (await this.#control.get("faults")).faults;
  }

  async clear() {
    await this.#control.delete("faults");
  }
}
