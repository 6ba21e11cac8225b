import { Migration } from '@mikro-orm/migrations';

/** Messages say by which rule their device was chosen; contacts may have a device that they are written to from. */
export class Routing extends Migration {
  override up(): void {
    this.addSql('alter table message add column routing_rule text');
    this.addSql('alter table contact add column favourite_device_id uuid');
    this.addSql(
      `alter table contact add foreign key (agency_id, subaccount_id, favourite_device_id)
         references device (agency_id, subaccount_id, id)`,
    );
    // The number that a person last began to write to: read for each message that names no device.
    this.addSql(
      `create index conversation_first_inbound on conversation (contact_id, first_inbound_at)
         where first_inbound_at is not null`,
    );
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
