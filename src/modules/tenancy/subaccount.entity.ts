import { newId } from '../../kernel/ids.js';
import { p, tenantRootEntity } from '../../platform/database/tenant-entity.js';
import type { Opt } from '../../platform/database/tenant-entity.js';

const SubaccountSchema = tenantRootEntity(
  { agency: 'agencyId', subaccount: 'id' },
  {
    name: 'Subaccount',
    tableName: 'subaccount',
    properties: {
      id: p.uuid().primary(),
      agencyId: p.uuid(),
      // What it may have; whose plans these are is the business of billing.
      planId: p.uuid(),
      name: p.text(),
      timezone: p.text(),
      requireBusinessAccount: p.boolean(),
      suspendedAt: p.datetime().nullable(),
      suspendReason: p.text().nullable(),
      createdAt: p.datetime(),
    },
  },
);

export interface NewSubaccount {
  readonly agencyId: string;
  readonly planId: string;
  readonly name: string;
  /** An IANA time zone. */
  readonly timezone: string;
  /** Whether its devices must be WhatsApp Business accounts. */
  readonly requireBusinessAccount: boolean;
  readonly at: Date;
}

/** What is left out stays. */
type SubaccountChanges = {
  readonly [Name in 'name' | 'timezone' | 'requireBusinessAccount' | 'planId']?: Subaccount[Name] | undefined;
};

/** One client of an agency. Everything about WhatsApp belongs to exactly one. */
export class Subaccount extends SubaccountSchema.class {
  static create(facts: NewSubaccount): Subaccount {
    const subaccount = new Subaccount();
    subaccount.id = newId();
    subaccount.agencyId = facts.agencyId;
    subaccount.planId = facts.planId;
    subaccount.name = facts.name;
    subaccount.timezone = facts.timezone;
    subaccount.requireBusinessAccount = facts.requireBusinessAccount;
    subaccount.suspendedAt = null;
    subaccount.suspendReason = null;
    subaccount.createdAt = facts.at;
    return subaccount;
  }

  get isSuspended(): Opt<boolean> {
    return this.suspendedAt != null;
  }

  /** Suspended again, it has another reason and keeps its time. */
  suspend(reason: string | null, at: Date): void {
    this.suspendedAt ??= at;
    this.suspendReason = reason;
  }

  resume(): void {
    this.suspendedAt = null;
    this.suspendReason = null;
  }

  /** Returns the names of what is different now. */
  change(changes: SubaccountChanges): string[] {
    const different = Object.entries(changes).filter(
      ([name, value]) => value !== undefined && value !== this[name as keyof SubaccountChanges],
    );
    Object.assign(this, Object.fromEntries(different));
    return different.map(([name]) => name);
  }
}

SubaccountSchema.setClass(Subaccount);
