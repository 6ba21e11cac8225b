import type { EntityManager } from '@mikro-orm/postgresql';

/** Who reads the event log with a stored place. */
export type StoredReader = 'webhook' | 'automation' | 'audit' | 'inbox';

interface Place {
  readonly seq: string;
}

/** Where a reader is in each stream: rows, so that the log keeps what it has not passed, and whoever reads next goes on from there. */
export class StoredPlace {
  readonly #reader: StoredReader;

  constructor(reader: StoredReader) {
    this.#reader = reader;
  }

  /**
   * Makes sure that a stream is read, from now on if it was not. Whoever calls it holds the reader's row to the end of the transaction, so
   * that a reader that is about to retire sees what it is to read for. Returns the place of the latest event.
   */
  async claim(em: EntityManager, streamId: string): Promise<number> {
    const [place] = await em.execute<Place[]>(
      `with stream as (select coalesce(max(last_seq), 0) as seq from event_stream where id = ?),
       reader as (
         insert into event_reader as r (name, stream_id, seq, updated_at)
         select ?, ?, seq, now() from stream
         on conflict (name, stream_id) do update set updated_at = excluded.updated_at
       )
       select seq from stream`,
      [streamId, this.#reader, streamId],
    );
    return Number(place?.seq ?? 0);
  }

  /** Makes sure that a stream is read from its beginning. */
  async begin(em: EntityManager, streamId: string): Promise<void> {
    await em.execute(
      'insert into event_reader (name, stream_id, seq, updated_at) values (?, ?, 0, now()) on conflict do nothing',
      [this.#reader, streamId],
    );
  }

  /** Takes the place where to go on reading; null when somebody else has it or nobody is to read. */
  async take(em: EntityManager, streamId: string): Promise<number | null> {
    const [place] = await em.execute<Place[]>(
      'select seq from event_reader where name = ? and stream_id = ? for update skip locked',
      [this.#reader, streamId],
    );
    return place === undefined ? null : Number(place.seq);
  }

  async move(em: EntityManager, streamId: string, seq: number): Promise<void> {
    await em.execute('update event_reader set seq = ?, updated_at = now() where name = ? and stream_id = ?', [
      seq,
      this.#reader,
      streamId,
    ]);
  }

  /** Whether everything that happened up to then was read. */
  async hasPassed(em: EntityManager, streamId: string, at: Date): Promise<boolean> {
    const unread = await em.execute<object[]>(
      `select 1 from event_reader r join event e on e.stream_id = r.stream_id and e.seq > r.seq
       where r.name = ? and r.stream_id = ? and e.occurred_at <= ? limit 1`,
      [this.#reader, streamId, at],
    );
    return unread.length === 0;
  }

  /** Nobody wants to know any more: nothing is kept back for the reader, and nobody looks at the stream. */
  async retire(em: EntityManager, streamId: string): Promise<void> {
    await em.execute('delete from event_reader where name = ? and stream_id = ?', [this.#reader, streamId]);
  }
}
