import { Migration } from '@mikro-orm/migrations';

/** What processes that end suddenly leave behind is found, and blamed on the right message. */
export class Fleet extends Migration {
  override up(): void {
    // Whether the process prepared nothing else meanwhile: only then its end says something about the message.
    this.addSql('alter table message_attempt add column alone boolean not null default false');
    this.addSql(
      `create index message_attempt_open on message_attempt (device_id) where outcome = 'IN_PROGRESS'`,
    );
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
