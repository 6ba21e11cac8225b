import { newId } from '../../kernel/ids.js';
import { p, tenantEntity } from '../../platform/database/tenant-entity.js';
import { allowedActions } from './api-key.policy.js';
import type { KeyOwner } from './api-key.policy.js';
import type { Action } from '../../kernel/access.js';

const ApiKeySchema = tenantEntity({
  name: 'ApiKey',
  tableName: 'api_key',
  properties: {
    /** null: a key of the agency itself. */
    subaccountId: p.uuid().nullable(),
    name: p.text(),
    scopes: p.array(),
    tokenHash: p.blob(),
    lastFour: p.text(),
    createdAt: p.datetime(),
    expiresAt: p.datetime().nullable(),
    lastUsedAt: p.datetime().nullable(),
    revokedAt: p.datetime().nullable(),
  },
});

interface NewApiKey {
  readonly agencyId: string;
  readonly subaccountId: string | null;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly tokenHash: Buffer;
  readonly lastFour: string;
  readonly expiresAt: Date | null;
  readonly at: Date;
}

/** A secret for machines, of an agency or of one subaccount. Only its hash is stored. */
export class ApiKey extends ApiKeySchema.class {
  static create(facts: NewApiKey): ApiKey {
    const key = new ApiKey();
    key.id = newId();
    key.agencyId = facts.agencyId;
    key.subaccountId = facts.subaccountId;
    key.name = facts.name;
    key.scopes = [...facts.scopes];
    key.tokenHash = facts.tokenHash;
    key.lastFour = facts.lastFour;
    key.createdAt = facts.at;
    key.expiresAt = facts.expiresAt;
    key.lastUsedAt = null;
    key.revokedAt = null;
    return key;
  }

  get owner(): KeyOwner {
    return this.subaccountId === null ? 'agency' : 'subaccount';
  }

  get actions(): ReadonlySet<Action> {
    return allowedActions(this.scopes, this.owner);
  }

  /** Returns whether anything changed: a revoked key stays revoked since its first time. */
  revoke(at: Date): boolean {
    if (this.revokedAt !== null) return false;
    this.revokedAt = at;
    return true;
  }
}

ApiKeySchema.setClass(ApiKey);
