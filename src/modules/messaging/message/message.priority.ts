/** Which of a device's waiting messages goes first. */
export const PRIORITIES = ['HIGH', 'NORMAL', 'LOW'] as const;
export type Priority = (typeof PRIORITIES)[number];

/** As it is stored: the smallest first. */
export const PRIORITY_RANK: Readonly<Record<Priority, number>> = { HIGH: 1, NORMAL: 5, LOW: 9 };

export function priorityOf(rank: number): Priority {
  return PRIORITIES.find((priority) => rank <= PRIORITY_RANK[priority]) ?? 'LOW';
}
