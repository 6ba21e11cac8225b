/** Which of a device's waiting messages goes first. */
export const PRIORITIES = ['HIGH', 'NORMAL', 'LOW'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** As it is stored: the smallest first. */
export const PRIORITY_RANK: Readonly<Record<Priority, number>> = { HIGH: 1, NORMAL: 5, LOW: 9 };

/** Messages without the priority of a package go behind all that have it, and keep their order among themselves. */
export const PLAIN_RANK = 10;

export function rankOf(priority: Priority, { priority: isFirst }: { readonly priority: boolean }): number {
  return PRIORITY_RANK[priority] + (isFirst ? 0 : PLAIN_RANK);
}

export function priorityOf(rank: number): Priority {
  const own = rank > PLAIN_RANK ? rank - PLAIN_RANK : rank;
  return PRIORITIES.find((priority) => own <= PRIORITY_RANK[priority]) ?? 'LOW';
}
