import { PRIORITY_RANK } from '../message/message.priority.js';

/** After so many messages that went before them, one of a lower priority has its turn. */
const HIGHER_IN_A_ROW = 10;

/** The lower priorities, the lowest first. */
const LOWER = [PRIORITY_RANK.LOW, PRIORITY_RANK.NORMAL];

/** Keeps lower priorities of one device from starving: each gets a bounded share, whatever else waits. */
export class PriorityTurns {
  readonly #passedOver = new Map(LOWER.map((rank) => [rank, 0]));

  /** The priority whose turn it is, should any of it be due; null: the highest goes first, as always. */
  get next(): number | null {
    return LOWER.find((rank) => (this.#passedOver.get(rank) ?? 0) >= HIGHER_IN_A_ROW) ?? null;
  }

  /** A message of this priority was taken. */
  took(taken: number): void {
    const turn = this.next;
    for (const rank of LOWER) {
      // Whose turn it was had it, or nothing to send.
      if (rank === taken || rank === turn) this.#passedOver.set(rank, 0);
      else if (taken < rank) this.#passedOver.set(rank, (this.#passedOver.get(rank) ?? 0) + 1);
    }
  }
}
