import 'reflect-metadata';
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { ConnectionArgs, toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { Url } from '../../../graphql/kit/scalars.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { SubaccountType } from '../../tenancy/index.js';
import type { BulkFiles } from './bulk-files.js';
import type { BulkOperationService } from './bulk-operation.service.js';
import { CreateContactExportInput, CreateContactImportInput } from './bulk-operation.inputs.types.js';
import {
  BulkOperationConnection,
  BulkOperationInput,
  BulkOperationPayload,
  BulkOperationType,
  CreateContactImportPayload,
} from './bulk-operation.types.js';

const INPUT = { description: 'The input.' } as const;

@Resolver(() => BulkOperationType)
export class BulkOperationResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly BulkOperation: NodeFetcher };
  readonly #operations: BulkOperationService;
  readonly #files: BulkFiles;

  constructor(operations: BulkOperationService, files: BulkFiles) {
    this.#operations = operations;
    this.#files = files;
    this.nodeFetchers = {
      BulkOperation: {
        action: 'contact:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await operations.findAll(ctx, ids), (row) => row.id).map((row) =>
            row === null ? null : new BulkOperationType(row),
          ),
      },
    };
  }

  @Access('contact:read')
  @Query(() => BulkOperationType, { description: 'One operation.' })
  async bulkOperation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<BulkOperationType> {
    return new BulkOperationType(await this.#operations.get(ctx, fromPublicId('BulkOperation', id)));
  }

  @Access('contact:import')
  @Mutation(() => CreateContactImportPayload, {
    description: 'Begins an import of contacts from a CSV file, which is then uploaded.',
  })
  async createContactImport(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateContactImportInput, INPUT) input: CreateContactImportInput,
  ): Promise<CreateContactImportPayload> {
    const subaccountId = fromPublicId('Subaccount', input.subaccountId, 'input.subaccountId');
    const operation = await this.#operations.createImport(ctx, subaccountId, input.toRequest());
    return new CreateContactImportPayload(operation, this.#files.uploadUrlOf(operation));
  }

  @Access('contact:export')
  @Mutation(() => BulkOperationPayload, { description: 'Begins to write contacts into a CSV file.' })
  async createContactExport(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreateContactExportInput, INPUT) input: CreateContactExportInput,
  ): Promise<BulkOperationPayload> {
    const subaccountId = fromPublicId('Subaccount', input.subaccountId, 'input.subaccountId');
    return new BulkOperationPayload(
      await this.#operations.createExport(ctx, subaccountId, input.toRequest()),
    );
  }

  @Access('contact:import')
  @Mutation(() => BulkOperationPayload, { description: 'Ends an operation; what was done stays.' })
  async cancelBulkOperation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => BulkOperationInput, INPUT) input: BulkOperationInput,
  ): Promise<BulkOperationPayload> {
    const id = fromPublicId('BulkOperation', input.bulkOperationId, 'input.bulkOperationId');
    return new BulkOperationPayload(await this.#operations.cancel(ctx, id));
  }

  @Access('contact:import')
  @FieldResolver(() => Url, {
    nullable: true,
    description:
      'The rows that could not be used, and why, as CSV; the link works without a token for a quarter of an hour.',
  })
  errorReportUrl(@Root() { operation }: BulkOperationType): string | null {
    return this.#files.errorsUrlOf(operation);
  }

  @Access('contact:export')
  @FieldResolver(() => Url, {
    nullable: true,
    description: 'The contacts of an export that is done, as CSV; a link like that of the errors.',
  })
  contactsUrl(@Root() { operation }: BulkOperationType): string | null {
    return this.#files.contactsUrlOf(operation);
  }
}

@Resolver(() => SubaccountType)
export class SubaccountBulkOperationsResolver {
  readonly #operations: BulkOperationService;

  constructor(operations: BulkOperationService) {
    this.#operations = operations;
  }

  @Access('contact:read')
  @FieldResolver(() => BulkOperationConnection, { description: 'Its imports and exports, newest first.' })
  async bulkOperations(
    @Root() { subaccount }: SubaccountType,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { ctx }: GraphqlContext,
  ): Promise<Connection<BulkOperationType>> {
    const page = await this.#operations.list(ctx, subaccount.id, args);
    return toConnection(page, (operation) => new BulkOperationType(operation));
  }
}
