import { PLAIN_RANK, PRIORITY_RANK } from '../message/message.priority.js';

/** After so many messages that went before them, one of those behind has its turn. */
const AHEAD_IN_A_ROW = 10;

const { HIGH, NORMAL, LOW } = PRIORITY_RANK;
/** Ranks that a turn may begin at. Messages without the priority of a package come first: their share is a promise. */
const FLOORS = [PLAIN_RANK + HIGH, NORMAL, LOW, PLAIN_RANK + NORMAL, PLAIN_RANK + LOW];

/** Keeps what stands behind from starving: of each rank and those below it, a bounded share leaves, whatever else waits. */
export class PriorityTurns {
  readonly #passedOver = new Map(FLOORS.map((floor) => [floor, 0]));

  /** Each in its order: the first due message of this rank or below goes next, if there is one. Mostly empty: the highest goes first. */
  get next(): readonly number[] {
    return FLOORS.filter((floor) => (this.#passedOver.get(floor) ?? 0) >= AHEAD_IN_A_ROW);
  }

  /** So many may be taken before it is the next one's turn. */
  get room(): number {
    const passedOver = [...this.#passedOver.values()].filter((count) => count < AHEAD_IN_A_ROW);
    return AHEAD_IN_A_ROW - Math.max(0, ...passedOver);
  }

  /** A message of this rank was taken. */
  took(taken: number): void {
    const turns = this.next;
    const used = turns.findIndex((floor) => taken >= floor);
    // Whose turn it was had it, or nothing to send.
    const over = new Set(used === -1 ? turns : turns.slice(0, used + 1));
    for (const [floor, passedOver] of this.#passedOver) {
      if (over.has(floor) || isServedBy(floor, taken)) this.#passedOver.set(floor, 0);
      else if (taken < floor) this.#passedOver.set(floor, passedOver + 1);
    }
  }
}

/** A message without the priority of a package makes up for none that has it. */
function isServedBy(floor: number, taken: number): boolean {
  return taken >= floor && floor > PLAIN_RANK === taken > PLAIN_RANK;
}
