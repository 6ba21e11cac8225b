import { newId } from '../../kernel/ids.js';
import { p, tenantRootEntity } from '../../platform/database/tenant-entity.js';

const SubaccountSchema = tenantRootEntity(
  { agency: 'agencyId', subaccount: 'id' },
  {
    name: 'Subaccount',
    tableName: 'subaccount',
    properties: {
      id: p.uuid().primary(),
      agencyId: p.uuid(),
      name: p.text(),
      timezone: p.text(),
      requireBusinessAccount: p.boolean(),
      createdAt: p.datetime(),
    },
  },
);

interface NewSubaccount {
  readonly agencyId: string;
  readonly name: string;
  /** An IANA time zone. */
  readonly timezone: string;
  /** Whether its devices must be WhatsApp Business accounts. */
  readonly requireBusinessAccount: boolean;
  readonly at: Date;
}

/** One client of an agency. Everything about WhatsApp belongs to exactly one. */
export class Subaccount extends SubaccountSchema.class {
  static create(facts: NewSubaccount): Subaccount {
    const subaccount = new Subaccount();
    subaccount.id = newId();
    subaccount.agencyId = facts.agencyId;
    subaccount.name = facts.name;
    subaccount.timezone = facts.timezone;
    subaccount.requireBusinessAccount = facts.requireBusinessAccount;
    subaccount.createdAt = facts.at;
    return subaccount;
  }
}

SubaccountSchema.setClass(Subaccount);
