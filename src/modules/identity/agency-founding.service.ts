import { createHmac } from 'node:crypto';
import { UniqueConstraintViolationException } from '@mikro-orm/core';
import { z } from 'zod';
import type { Clock } from '../../kernel/clock.js';
import type { Context } from '../../kernel/context.js';
import { kernelErrors } from '../../kernel/errors.js';
import { newId } from '../../kernel/ids.js';
import { idempotencyKeyText, nameText, parseInput } from '../../kernel/input.js';
import type { MasterKey } from '../../platform/crypto/master-key.js';
import type { Passwords } from '../../platform/crypto/passwords.js';
import { requestHash } from '../../platform/crypto/request-hash.js';
import { hashesEqual } from '../../platform/crypto/tokens.js';
import type { Database } from '../../platform/database/database.js';
import { insertAgency } from '../tenancy/index.js';
import type { Agency, AgencyService } from '../tenancy/index.js';
import { standingOf } from './standing.js';
import { emailText, newPasswordText } from './user.input.js';
import { getFounder } from './user.queries.js';
import { insertMember } from './user.writer.js';
import type { Member } from './user.writer.js';

const newAgency = z.object({
  name: nameText(),
  ownerEmail: emailText,
  ownerPassword: newPasswordText,
  idempotencyKey: idempotencyKeyText().nullish(),
});

type CreateAgency = z.input<typeof newAgency>;

export interface FoundedAgency {
  readonly agency: Agency;
  readonly owner: Member;
}

interface CreationKey {
  readonly key: string;
  readonly hash: Buffer;
}

/** Creates agencies with their owners; the operator's work. */
export class AgencyFoundingService {
  readonly #database: Database;
  readonly #agencies: AgencyService;
  readonly #passwords: Passwords;
  readonly #hashKey: Buffer;
  readonly #clock: Clock;

  constructor(options: {
    readonly database: Database;
    readonly agencies: AgencyService;
    readonly passwords: Passwords;
    readonly masterKey: MasterKey;
    readonly clock: Clock;
  }) {
    this.#database = options.database;
    this.#agencies = options.agencies;
    this.#passwords = options.passwords;
    // Keyed, because the request holds a password: a plain hash of it could be guessed from a copy of the database.
    this.#hashKey = options.masterKey.derive('agency creation requests');
    this.#clock = options.clock;
  }

  /** Throws IDEMPOTENCY_KEY_REUSED when the key made another agency. */
  async createAgency(ctx: Context, input: CreateAgency): Promise<FoundedAgency> {
    const { idempotencyKey, ...fields } = parseInput(newAgency, input);
    if (idempotencyKey == null) return this.#found(ctx, fields, null);
    const hash = createHmac('sha256', this.#hashKey).update(requestHash(fields)).digest();
    const creation = { key: idempotencyKey, hash };
    const earlier = await this.#findEarlier(ctx, creation);
    if (earlier !== null) return earlier;
    try {
      return await this.#found(ctx, fields, creation);
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      // An equal request was faster; its transaction has ended.
      const faster = await this.#findEarlier(ctx, creation);
      if (faster === null) throw error;
      return faster;
    }
  }

  async #found(
    ctx: Context,
    fields: Omit<z.output<typeof newAgency>, 'idempotencyKey'>,
    creation: CreationKey | null,
  ): Promise<FoundedAgency> {
    const passwordHash = await this.#passwords.hash(fields.ownerPassword);
    const agencyId = newId();
    return this.#database.write(ctx.withScope({ agencyId, subaccountIds: 'all' }), async (tx) => {
      const at = this.#clock.now();
      const agency = await insertAgency(tx, {
        id: agencyId,
        name: fields.name,
        creationKey: creation?.key ?? null,
        creationHash: creation?.hash ?? null,
        at,
      });
      const owner = await insertMember(tx, {
        agencyId,
        email: fields.ownerEmail,
        passwordHash,
        standing: standingOf({ role: 'AGENCY_OWNER' }),
        at,
      });
      return { agency, owner };
    });
  }

  async #findEarlier(ctx: Context, creation: CreationKey): Promise<FoundedAgency | null> {
    const [row] = await this.#database.callFunction(ctx, 'find_agency_by_creation_key', [creation.key]);
    if (row === undefined) return null;
    if (row.creationHash === null || !hashesEqual(row.creationHash, creation.hash)) {
      throw kernelErrors.IDEMPOTENCY_KEY_REUSED({
        message: 'This idempotency key has already made another agency.',
      });
    }
    const agency = await this.#agencies.getAgency(ctx, row.id);
    const inside = ctx.withScope({ agencyId: row.id, subaccountIds: 'all' });
    return { agency, owner: await this.#database.read(inside, (em) => getFounder(em, row.id)) };
  }
}
