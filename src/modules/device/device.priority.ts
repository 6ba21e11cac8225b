/** The least priority of each level. A device that nobody ranked has 0, which is LOW. */
export const PRIORITY_LEVELS = { LOW: 0, MEDIUM: 500, HIGH: 1_000 } as const;
export type PriorityLevel = keyof typeof PRIORITY_LEVELS;

export function priorityLevelOf(priority: number): PriorityLevel {
  if (priority >= PRIORITY_LEVELS.HIGH) return 'HIGH';
  return priority >= PRIORITY_LEVELS.MEDIUM ? 'MEDIUM' : 'LOW';
}
