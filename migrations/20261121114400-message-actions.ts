import { Migration } from '@mikro-orm/migrations';

/** What a message does to, or says about, an earlier one: answers, reactions, edits, deletions. */
export class MessageActions extends Migration {
  override up(): void {
    // Without an id the quoted message is not here, and its text is all that is known of it.
    this.addSql(`alter table message add column reply_to_id uuid, add column quoted_text text`);
    this.addSql(`create index message_target on message (target_id, id) where target_id is not null`);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
