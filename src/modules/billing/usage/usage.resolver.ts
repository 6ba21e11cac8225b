import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { Url } from '../../../graphql/kit/scalars.js';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { AgencyType, SubaccountType } from '../../tenancy/index.js';
import type { UsageExport } from './usage.export.js';
import type { UsageOwner, UsageReader } from './usage.reader.js';
import { UsageArgs, UsageConnection, UsageDayType, UsageExportArgs } from './usage.types.js';

const LIST = { description: 'What became of its messages: by day, device and pool.' } as const;
const EXPORT = {
  description: 'The same as a CSV file, behind a link that works without a token for a quarter of an hour.',
} as const;

/** Of one subaccount. */
@Resolver(() => SubaccountType)
export class SubaccountUsageResolver {
  readonly #usage: UsageReader;
  readonly #exports: UsageExport;

  constructor(usage: UsageReader, exports: UsageExport) {
    this.#usage = usage;
    this.#exports = exports;
  }

  @Access('usage:read')
  @FieldResolver(() => UsageConnection, LIST)
  async usage(
    @Root() { subaccount }: SubaccountType,
    @Args(() => UsageArgs) args: UsageArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<UsageDayType>> {
    return listUsage(this.#usage, ctx, { subaccountId: subaccount.id }, args);
  }

  @Access('usage:read')
  @FieldResolver(() => Url, EXPORT)
  usageExportUrl(
    @Root() { subaccount }: SubaccountType,
    @Args(() => UsageExportArgs) { from, to }: UsageExportArgs,
  ): string {
    const { id: subaccountId, agencyId } = subaccount;
    return this.#exports.urlOf({ agencyId, subaccountId, from, to });
  }
}

/** Of all subaccounts of an agency. */
@Resolver(() => AgencyType)
export class AgencyUsageResolver {
  readonly #usage: UsageReader;
  readonly #exports: UsageExport;

  constructor(usage: UsageReader, exports: UsageExport) {
    this.#usage = usage;
    this.#exports = exports;
  }

  @Access('usage:read')
  @FieldResolver(() => UsageConnection, LIST)
  async usage(
    @Root() { agency }: AgencyType,
    @Args(() => UsageArgs) args: UsageArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<UsageDayType>> {
    return listUsage(this.#usage, ctx, { agencyId: agency.id }, args);
  }

  @Access('usage:read')
  @FieldResolver(() => Url, EXPORT)
  usageExportUrl(
    @Root() { agency }: AgencyType,
    @Args(() => UsageExportArgs) { from, to }: UsageExportArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): string {
    if (!ctx.isAgencyWide) throw kernelErrors.ACTION_NOT_ALLOWED({ data: { action: 'usage:read' } });
    return this.#exports.urlOf({ agencyId: agency.id, subaccountId: null, from, to });
  }
}

/** Whose day it was. */
@Resolver(() => UsageDayType)
export class UsageDayResolver {
  @Access('subaccount:read')
  @FieldResolver(() => SubaccountType, { description: 'The subaccount.' })
  async subaccount(@Root() { row }: UsageDayType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return context.nodes.find(context, 'Subaccount', row.subaccountId);
  }
}

async function listUsage(
  usage: UsageReader,
  ctx: Context,
  owner: UsageOwner,
  { filter, ...request }: UsageArgs,
): Promise<Connection<UsageDayType>> {
  const { from, to } = filter;
  const deviceId =
    filter.deviceId == null ? null : fromPublicId('Device', filter.deviceId, 'filter.deviceId');
  const page = await usage.list(ctx, owner, request, { from, to, deviceId });
  return toConnection(page, (row) => new UsageDayType(row));
}
