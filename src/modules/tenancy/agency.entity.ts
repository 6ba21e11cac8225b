import { newId } from '../../kernel/ids.js';
import { p, tenantRootEntity } from '../../platform/database/tenant-entity.js';

const AgencySchema = tenantRootEntity(
  { agency: 'id' },
  {
    name: 'Agency',
    tableName: 'agency',
    properties: {
      id: p.uuid().primary(),
      name: p.text(),
      creationKey: p.text().nullable(),
      creationHash: p.blob().nullable(),
      createdAt: p.datetime(),
    },
  },
);

export interface NewAgency {
  readonly id?: string;
  readonly name: string;
  /** The idempotency key of its creation; kept for ever, because no tenant exists yet that could own a shorter memory. */
  readonly creationKey?: string | null;
  readonly creationHash?: Buffer | null;
  readonly at: Date;
}

/** The tenant: a business that runs WhatsApp numbers for its clients. */
export class Agency extends AgencySchema.class {
  static create(facts: NewAgency): Agency {
    const agency = new Agency();
    agency.id = facts.id ?? newId();
    agency.name = facts.name;
    agency.creationKey = facts.creationKey ?? null;
    agency.creationHash = facts.creationHash ?? null;
    agency.createdAt = facts.at;
    return agency;
  }
}

AgencySchema.setClass(Agency);
