import { Migration } from '@mikro-orm/migrations';

/** WhatsApp's own allowance of new chats of a number, as it last told. */
export class NewChatQuota extends Migration {
  override up(): void {
    this.addSql(
      'alter table device add column new_chat_quota jsonb, add column new_chats_capped_until timestamptz',
    );
  }
}
