import type { EventActor, EventTopic, StoredEvent } from '../../kernel/events.js';

/** What statements select of `event`. */
export interface EventRow {
  /** null: an outer join found no event. */
  readonly seq: string | null;
  readonly topic: EventTopic;
  readonly payload: Record<string, unknown>;
  readonly actor: EventActor | null;
  readonly occurred_at: string;
}

/** The events among rows of one stream; `subaccountOf` says whom each is about, where that is not the stream. */
export function toStoredEvents<R extends EventRow>(
  streamId: string,
  rows: readonly R[],
  subaccountOf: (row: R) => string | null = () => streamId,
): StoredEvent[] {
  return rows.flatMap((row) => {
    const { seq, topic, payload, actor, occurred_at: at } = row;
    if (seq === null) return [];
    const subaccountId = subaccountOf(row);
    return [{ streamId, subaccountId, seq: Number(seq), topic, payload, actor, occurredAt: new Date(at) }];
  });
}
