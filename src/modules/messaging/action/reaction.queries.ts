import type { EntityManager } from '@mikro-orm/postgresql';
import { Message } from '../message/message.entity.js';
import type { Direction } from '../message/message.kind.js';
import { ENDED_UNSENT } from '../message/message.status.js';

/** What somebody thinks of a message now. */
export interface Reaction {
  readonly targetId: string;
  readonly messageId: string;
  readonly emoji: string;
  readonly direction: Direction;
  /** In a group. */
  readonly author: string | null;
  readonly reactedAt: Date;
}

/** Of each person the last one, unless it took the one before back; the first one first. What ended unsent is nobody's. */
export async function findReactions(
  em: EntityManager,
  targetIds: readonly string[],
): Promise<readonly Reaction[]> {
  const rows = await em.find(
    Message,
    { targetId: { $in: [...targetIds] }, kind: 'REACTION', status: { $nin: [...ENDED_UNSENT] } },
    { orderBy: { id: 'asc' } },
  );
  const latest = new Map<string, Message>();
  for (const row of rows.toSorted((a, b) => timeOf(a) - timeOf(b))) {
    latest.set(`${row.targetId ?? ''} ${row.direction} ${row.sender ?? ''}`, row);
  }
  return [...latest.values()].flatMap(reactionOf);
}

function reactionOf(row: Message): Reaction[] {
  const { targetId, text: emoji, direction, sender } = row;
  if (targetId == null || emoji == null) return [];
  const reactedAt = new Date(timeOf(row));
  return [{ targetId, messageId: row.id, emoji, direction, author: sender ?? null, reactedAt }];
}

/** Of its author's clock, where that is known: a storm of old ones may come in any order. */
function timeOf({ sentAt, createdAt }: Message): number {
  return (sentAt ?? createdAt).getTime();
}
