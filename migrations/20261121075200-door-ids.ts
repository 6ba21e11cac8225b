import { Migration } from '@mikro-orm/migrations';

/**
 * Ids in the forms that the REST doors show: integers that count devices and messages, and a second uuid of each device.
 * They only name a row; who may see it is still row-level security's to say.
 */
export class DoorIds extends Migration {
  override up(): void {
    for (const table of ['device', 'message']) {
      this.addSql(`create sequence ${table}_number_seq`);
      this.addSql(
        `alter table ${table} add column number bigint not null default nextval('${table}_number_seq')`,
      );
      this.addSql(`alter sequence ${table}_number_seq owned by ${table}.number`);
    }
    this.addSql('create unique index device_number on device (number)');
    // Not unique: a unique index of the partitioned table would have to contain the id.
    this.addSql('create index message_number on message (number)');
    this.addSql('alter table device add column sending_id uuid not null default gen_random_uuid()');
    this.addSql('create unique index device_sending_id on device (sending_id)');
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
