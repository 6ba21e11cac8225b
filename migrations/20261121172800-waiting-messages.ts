import { Migration } from '@mikro-orm/migrations';

/**
 * What a subaccount still has to send is found among all that it ever sent. By `due_at`, whose changes are new entries in every index of
 * a message anyway, and not by `status`, or each receipt would be one, too.
 */
export class WaitingMessages extends Migration {
  override up(): void {
    this.addSql('create index message_waiting on message (subaccount_id, id) where due_at is not null');
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
