import { Migration } from '@mikro-orm/migrations';

/**
 * What waits in a conversation. Each claim asks of each candidate whether an earlier message of its conversation is still to be sent; without
 * an index of those alone the whole history of the conversation was read for the answer, which mostly is no.
 */
export class HeldBack extends Migration {
  override up(): void {
    this.addSql(
      'create index message_held_back on message (conversation_id, priority, id) where due_at is not null',
    );
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
