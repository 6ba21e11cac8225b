import 'reflect-metadata';
import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Access } from '../../graphql/kit/access.js';
import { toConnection } from '../../graphql/kit/connection.js';
import type { Connection } from '../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import { Node } from '../../graphql/kit/node.js';
import { AgencyType, SubaccountType } from '../tenancy/index.js';
import type { AuditReader } from './audit.reader.js';
import { AuditArgs, AuditConnection, AuditEntryType } from './audit.types.js';

@Resolver(() => AgencyType)
export class AgencyAuditResolver {
  readonly #audit: AuditReader;

  constructor(audit: AuditReader) {
    this.#audit = audit;
  }

  @Access('audit:read')
  @FieldResolver(() => AuditConnection, {
    description:
      'Who did what, newest first. Callers confined to subaccounts see what was done in those. A few seconds behind.',
  })
  async audit(
    @Root() { agency }: AgencyType,
    @Args(() => AuditArgs) args: AuditArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<AuditEntryType>> {
    const page = await this.#audit.list(ctx, { agencyId: agency.id }, args, args.filter?.toFilter() ?? {});
    return toConnection(page, (entry) => new AuditEntryType(entry));
  }
}

@Resolver(() => SubaccountType)
export class SubaccountAuditResolver {
  readonly #audit: AuditReader;

  constructor(audit: AuditReader) {
    this.#audit = audit;
  }

  @Access('audit:read')
  @FieldResolver(() => AuditConnection, {
    description: 'Who did what in it, newest first. A few seconds behind.',
  })
  async audit(
    @Root() { subaccount }: SubaccountType,
    @Args(() => AuditArgs) args: AuditArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<AuditEntryType>> {
    const filter = args.filter?.toFilter() ?? {};
    const page = await this.#audit.list(ctx, { subaccountId: subaccount.id }, args, filter);
    return toConnection(page, (entry) => new AuditEntryType(entry));
  }
}

@Resolver(() => AuditEntryType)
export class AuditEntryResolver {
  @Access('audit:read')
  @FieldResolver(() => Node, {
    nullable: true,
    description: 'What it was done to, as it is now; null when it is gone or the caller may not read it.',
  })
  async target(@Root() { target }: AuditEntryType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return target === null ? null : context.nodes.findVisible(context, target.type, target.uuid);
  }
}
