import type { EntityManager } from '@mikro-orm/postgresql';
import type { FilterQuery } from '@mikro-orm/core';
import { validate as isUuid } from 'uuid';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { decodeCursor, pageSize, toPage } from '../../../kernel/page.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import type { Database } from '../../../platform/database/database.js';
import type { TenantScopes } from '../../tenancy/index.js';
import { CHARGED_POOLS } from '../quota/quota-pool.js';
import { UsageDay } from './usage-day.entity.js';
import { assertRange } from './usage.days.js';
import type { UsageRange } from './usage.days.js';

/** Whose usage. */
export type UsageOwner = { readonly agencyId: string } | { readonly subaccountId: string };

export interface UsageFilter extends UsageRange {
  readonly deviceId?: string | null | undefined;
}

export class UsageReader {
  readonly #database: Database;
  readonly #scopes: TenantScopes;

  constructor(options: { readonly database: Database; readonly scopes: TenantScopes }) {
    this.#database = options.database;
    this.#scopes = options.scopes;
  }

  /** Days in their order; on each the devices and their pools. */
  async list(
    ctx: Context,
    owner: UsageOwner,
    request: PageRequest,
    filter: UsageFilter,
  ): Promise<Page<UsageDay>> {
    assertRange(filter);
    const inside = await ('agencyId' in owner
      ? this.#scopes.enterAgency(ctx, owner.agencyId)
      : this.#scopes.enterSubaccount(ctx, owner.subaccountId));
    return this.#database.read(inside, (em) => listUsage(em, owner, request, filter));
  }
}

async function listUsage(
  em: EntityManager,
  owner: UsageOwner,
  request: PageRequest,
  { from, to, deviceId }: UsageFilter,
): Promise<Page<UsageDay>> {
  const size = pageSize(request);
  const conditions: FilterQuery<UsageDay>[] = [owner, { day: { $gte: from, $lte: to } }];
  if (deviceId != null) conditions.push({ deviceId });
  if (request.after != null) conditions.push(behind(request.after));
  const rows = await em.find(
    UsageDay,
    { $and: conditions },
    { orderBy: { day: 'asc', deviceId: 'asc', pool: 'asc' }, limit: size + 1 },
  );
  return toPage(rows, size, request, ({ day, deviceId: id, pool }) => [day, id, pool]);
}

function behind(cursor: string): FilterQuery<UsageDay> {
  const [day = '', deviceId = '', name = ''] = decodeCursor(cursor, 3);
  const pool = CHARGED_POOLS.find((each) => each === name);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !isUuid(deviceId) || pool === undefined) {
    throw kernelErrors.INVALID_CURSOR();
  }
  return {
    $or: [
      { day: { $gt: day } },
      { day, deviceId: { $gt: deviceId } },
      { day, deviceId, pool: { $gt: pool } },
    ],
  };
}
