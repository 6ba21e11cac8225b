import type { Role } from '../../../kernel/access.js';
import { newId } from '../../../kernel/ids.js';
import { agencyEntity, p } from '../../../platform/database/tenant-entity.js';

const LIFETIME_MS = 7 * 24 * 60 * 60_000;

export const INVITATION_STATUSES = ['PENDING', 'ACCEPTED', 'REVOKED', 'EXPIRED'] as const;
export type InvitationStatus = (typeof INVITATION_STATUSES)[number];

const InvitationSchema = agencyEntity({
  name: 'Invitation',
  tableName: 'invitation',
  properties: {
    email: p.text(),
    role: p.text().$type<Role>(),
    tokenHash: p.blob(),
    createdAt: p.datetime(),
    expiresAt: p.datetime(),
    revokedAt: p.datetime().nullable(),
    acceptedAt: p.datetime().nullable(),
    userId: p.uuid().nullable(),
    /** The user or key that made it; null for the operator, and for those of an earlier version. */
    invitedById: p.uuid().nullable(),
  },
});

type NewInvitation = Pick<Invitation, 'agencyId' | 'email' | 'role' | 'tokenHash' | 'invitedById'>;

/** That somebody may become a user of the agency. Whoever has its token may, until it ends; only the hash is stored. */
export class Invitation extends InvitationSchema.class {
  static create(facts: NewInvitation, at: Date): Invitation {
    return Object.assign(new Invitation(), facts, {
      id: newId(),
      createdAt: at,
      expiresAt: new Date(at.getTime() + LIFETIME_MS),
      revokedAt: null,
      acceptedAt: null,
      userId: null,
    });
  }

  statusAt(now: Date): InvitationStatus {
    if (this.acceptedAt !== null) return 'ACCEPTED';
    if (this.revokedAt !== null) return 'REVOKED';
    return this.expiresAt <= now ? 'EXPIRED' : 'PENDING';
  }

  /** Another token and its time from now on; the one before stops. */
  renew(tokenHash: Buffer, at: Date): void {
    this.tokenHash = tokenHash;
    this.expiresAt = new Date(at.getTime() + LIFETIME_MS);
  }
}

InvitationSchema.setClass(Invitation);
