/** Delays that end with the simulator: nothing fires after `clear`. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();
  #cleared = false;

  after(delayMs: number, action: () => void): void {
    if (this.#cleared) return;
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      action();
    }, delayMs);
    this.#pending.add(timer);
  }

  clear(): void {
    this.#cleared = true;
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
