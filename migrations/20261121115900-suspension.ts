import { Migration } from '@mikro-orm/migrations';

/** Suspending a whole subaccount: each of its devices knows by whom it is suspended, so that resuming one does not resume the other. */
export class Suspension extends Migration {
  override up(): void {
    this.addSql('alter table subaccount add column suspended_at timestamptz, add column suspend_reason text');
    this.addSql(
      `alter table device add column suspended_by text check (suspended_by in ('DEVICE', 'SUBACCOUNT', 'BOTH'))`,
    );
    this.addSql(`update device set suspended_by = 'DEVICE' where suspended`);
  }

  override down(): void {
    throw new Error('migrations only go forward; restore a backup instead');
  }
}
