import { sql } from 'kysely';
import { kernelErrors } from '../../kernel/errors.js';
import { asSystem } from '../../kernel/system-context.js';
import { hashesEqual } from '../crypto/tokens.js';
import type { Database } from '../database/database.js';
import type { Transaction } from '../database/transaction.js';

const REMEMBERED_MS = 24 * 60 * 60_000;
const PURGE_STEP = 1_000;

interface IdempotencyClaim {
  /** Within which a key is unique: a subaccount, or the agency for what belongs to none. */
  readonly scopeId: string;
  readonly agencyId: string;
  readonly subaccountId: string | null;
  /** What the caller sent. */
  readonly key: string;
  /** The mutation, such as `createDevice`: a key serves one of them. */
  readonly operation: string;
  /** See `requestHash`; passwords and other guessable secrets do not belong into it. */
  readonly requestHash: Buffer;
}

type ClaimedRequest =
  | { readonly kind: 'new'; record(resourceId: string): Promise<void> }
  | { readonly kind: 'replay'; readonly resourceId: string };

interface KnownKey {
  readonly operation: string;
  readonly request_hash: Buffer;
  readonly resource_id: string;
}

/**
 * Makes equal requests one: the first with a key is `new` and must record what it made, the others wait until that one's
 * transaction ended and replay it. Call it first in the transaction. A key is remembered for 24 hours.
 * Throws IDEMPOTENCY_KEY_REUSED when the key came with another request.
 */
export async function claimIdempotency(tx: Transaction, claim: IdempotencyClaim): Promise<ClaimedRequest> {
  await lock(tx, claim);
  const known = await find(tx, claim);
  if (known === null) return { kind: 'new', record: (resourceId) => record(tx, claim, resourceId) };
  if (known.operation !== claim.operation || !hashesEqual(known.request_hash, claim.requestHash)) {
    throw kernelErrors.IDEMPOTENCY_KEY_REUSED();
  }
  return { kind: 'replay', resourceId: known.resource_id };
}

/** Removes the keys of all tenants that are no longer remembered, in bounded steps. */
export async function forgetOldIdempotencyKeys(database: Database, now: Date): Promise<void> {
  const before = new Date(now.getTime() - REMEMBERED_MS);
  for (let removed = PURGE_STEP; removed === PURGE_STEP;) {
    const [row] = await database.callFunction(asSystem('old idempotency keys'), 'purge_idempotency_keys', [
      before,
      PURGE_STEP,
    ]);
    removed = Number(row?.value ?? 0);
  }
}

/** Held to the end of the transaction. Two keys with one hash only wait for each other. */
async function lock(tx: Transaction, { scopeId, key }: IdempotencyClaim): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`idempotency:${scopeId}:${key}`}, 0))`.execute(
    tx.em.getKysely<unknown>(),
  );
}

async function find(tx: Transaction, { scopeId, key }: IdempotencyClaim): Promise<KnownKey | null> {
  const { rows } = await sql<KnownKey>`
    select operation, request_hash, resource_id from idempotency_key
    where scope_id = ${scopeId} and key = ${key} and created_at > now() - interval '24 hours'`.execute(
    tx.em.getKysely<unknown>(),
  );
  return rows[0] ?? null;
}

/** A row that is older than a day may still lie there. */
async function record(tx: Transaction, claim: IdempotencyClaim, resourceId: string): Promise<void> {
  const { scopeId, key, agencyId, subaccountId, operation, requestHash } = claim;
  await sql`
    insert into idempotency_key
      (scope_id, key, agency_id, subaccount_id, operation, request_hash, resource_id, created_at)
    values (${scopeId}, ${key}, ${agencyId}, ${subaccountId}, ${operation}, ${requestHash}, ${resourceId}, now())
    on conflict (scope_id, key) do update set
      operation = excluded.operation, request_hash = excluded.request_hash,
      resource_id = excluded.resource_id, created_at = excluded.created_at`.execute(
    tx.em.getKysely<unknown>(),
  );
}
