import 'reflect-metadata';
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import { toConnection } from '../../../graphql/kit/connection.js';
import type { Connection } from '../../../graphql/kit/connection.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../graphql/kit/graphql-context.js';
import type { NodeFetcher, ProvidesNodes } from '../../../graphql/kit/node.js';
import { fromPublicId } from '../../../kernel/ids.js';
import { CatalogueArgs } from './catalogue.args.types.js';
import type { PackageService } from './package.service.js';
import {
  ArchivePackageInput,
  CreatePackageInput,
  PackageConnection,
  PackagePayload,
  PackageType,
  UpdatePackageInput,
} from './package.types.js';

const idOf = ({ packageId }: { readonly packageId: string }): string =>
  fromPublicId('Package', packageId, 'input.packageId');

@Resolver(() => PackageType)
export class PackageResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Package: NodeFetcher };
  readonly #packages: PackageService;

  constructor(packages: PackageService) {
    this.#packages = packages;
    this.nodeFetchers = {
      Package: {
        action: 'package:read',
        fetch: async (ctx, ids) =>
          inOrderOf(ids, await packages.findMany(ctx, ids), ({ id }) => id).map((found) =>
            found === null ? null : new PackageType(found),
          ),
      },
    };
  }

  @Access('package:read')
  @Query(() => PackageConnection, { description: "The packages of the caller's agency." })
  async packages(
    @Ctx() { ctx }: GraphqlContext,
    @Args(() => CatalogueArgs) args: CatalogueArgs,
  ): Promise<Connection<PackageType>> {
    return toConnection(await this.#packages.list(ctx, args, args), (found) => new PackageType(found));
  }

  @Access('package:manage')
  @Mutation(() => PackagePayload, { description: 'Adds a package to the agency.' })
  async createPackage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => CreatePackageInput, { description: 'The new package.' }) input: CreatePackageInput,
  ): Promise<PackagePayload> {
    const { code, name, monthlyAllowance = null } = input;
    const { webhooks, priority, brandLine, selfService, isDefault } = input;
    const features = { webhooks, priority, brandLine, selfService, isDefault };
    return new PackagePayload(
      await this.#packages.create(ctx, { code, name, monthlyAllowance, ...features }),
    );
  }

  @Access('package:manage')
  @Mutation(() => PackagePayload, {
    description: 'Changes a package for every device that has it, the running month included.',
  })
  async updatePackage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => UpdatePackageInput, { description: 'What to change.' }) input: UpdatePackageInput,
  ): Promise<PackagePayload> {
    const { name, monthlyAllowance, webhooks, priority, brandLine, selfService, isDefault } = input;
    const changes = {
      name: name ?? undefined,
      monthlyAllowance,
      webhooks: webhooks ?? undefined,
      priority: priority ?? undefined,
      brandLine: brandLine ?? undefined,
      selfService: selfService ?? undefined,
      isDefault: isDefault ?? undefined,
    };
    return new PackagePayload(await this.#packages.update(ctx, idOf(input), changes));
  }

  @Access('package:manage')
  @Mutation(() => PackagePayload, {
    description: 'Takes a package out of the offer. Devices that have it keep it.',
  })
  async archivePackage(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ArchivePackageInput, { description: 'Which package.' }) input: ArchivePackageInput,
  ): Promise<PackagePayload> {
    return new PackagePayload(await this.#packages.archive(ctx, idOf(input)));
  }
}
