import { Migration } from '@mikro-orm/migrations';

/** Whether a person or a rule wrote a message: who wants none of the latter is asked once more before it leaves. */
export class MessageOrigin extends Migration {
  override up(): void {
    this.addSql(`alter table message add column origin text check (origin in ('PERSON', 'AUTOMATION'))`);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
