import { Migration } from '@mikro-orm/migrations';

/**
 * What people look for among much that is not it: unread conversations, and messages that ended unsent. Read in the order of their lists,
 * where there are few of them everything else would be read, too. An index over the status of messages would make each receipt a new entry
 * in all of their indexes; `failure_code` is only ever set by such an end.
 */
export class RareRows extends Migration {
  override up(): void {
    this.addSql(
      'create index conversation_unread on conversation (subaccount_id, last_message_at, id) where unread_count > 0',
    );
    this.addSql('create index message_unsent on message (subaccount_id, id) where failure_code is not null');
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
