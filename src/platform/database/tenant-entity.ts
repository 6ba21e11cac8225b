import { defineEntity, p } from '@mikro-orm/core';
import type { FilterDef, InferPrimaryKey } from '@mikro-orm/core';
import type { TenantFilterArguments } from './scope-settings.js';

export { p };
export type { Opt } from '@mikro-orm/core';

/** How the rows of an entity are confined. `global` names why no tenant owns them. */
interface EntityProtection {
  readonly entity: string;
  readonly tableName: string;
  readonly kind: 'tenant' | 'agency' | 'global';
  readonly reason?: string;
}

type Properties = Record<string, unknown>;
interface EntityOptions<TName extends string, TTable extends string, TProperties extends Properties> {
  readonly name: TName;
  readonly tableName: TTable;
  readonly properties: TProperties;
}

/** Which property holds which part of the tenant. */
interface TenantProperties {
  readonly agency: string;
  readonly subaccount?: string;
  readonly device?: string;
}

const idColumn = { id: p.uuid().primary() };
const agencyColumn = { agencyId: p.uuid() };
const subaccountColumn = { subaccountId: p.uuid() };

/** `id` comes along unless the entity names a primary key of its own. */
type WithId<TProperties extends Properties> = [InferPrimaryKey<TProperties>] extends [never]
  ? typeof idColumn & TProperties
  : TProperties;

const protections = new Map<string, EntityProtection>();

/** Every declared entity, for the tests that look at all of them. */
export function listEntityProtections(): readonly EntityProtection[] {
  return [...protections.values()];
}

/**
 * Declares an entity whose rows belong to a subaccount. Adds `id` (unless another property is primary), `agencyId` and
 * `subaccountId`, and the `tenant` filter, which follows the caller's scope and throws without one. A `deviceId` property is
 * confined as well. The migration must force row-level security on the table: the filter is for good plans, not for safety.
 */
export function tenantEntity<
  const TName extends string,
  const TTable extends string,
  const TProperties extends Properties,
>(options: EntityOptions<TName, TTable, TProperties>) {
  const properties = { ...agencyColumn, ...subaccountColumn, ...options.properties };
  const device = 'deviceId' in properties ? { device: 'deviceId' } : {};
  return declare(
    { ...options, properties: withId(properties) },
    { kind: 'tenant' },
    { agency: 'agencyId', subaccount: 'subaccountId', ...device },
  );
}

/** Declares an entity whose rows belong to an agency as a whole. Adds `id` (unless another property is primary) and `agencyId`. */
export function agencyEntity<
  const TName extends string,
  const TTable extends string,
  const TProperties extends Properties,
>(options: EntityOptions<TName, TTable, TProperties>) {
  const properties = { ...agencyColumn, ...options.properties };
  return declare({ ...options, properties: withId(properties) }, { kind: 'agency' }, { agency: 'agencyId' });
}

/** Declares an agency, subaccount or device itself, whose own id is part of the tenant: `tenant` says which property is which. */
export function tenantRootEntity<
  const TName extends string,
  const TTable extends string,
  const TProperties extends Properties,
>(tenant: TenantProperties, options: EntityOptions<TName, TTable, TProperties>) {
  return declare(options, { kind: tenant.subaccount === undefined ? 'agency' : 'tenant' }, tenant);
}

/** Declares an entity that no tenant owns; `reason` says why it may be seen by all of the server. */
export function globalEntity<
  const TName extends string,
  const TTable extends string,
  const TProperties extends Properties,
>(reason: string, options: EntityOptions<TName, TTable, TProperties>) {
  return declare(options, { kind: 'global', reason }, null);
}

function withId<TProperties extends Properties>(properties: TProperties): WithId<TProperties> {
  const hasPrimary = Object.values(properties).some(isPrimary);
  return (hasPrimary ? properties : { ...idColumn, ...properties }) as WithId<TProperties>;
}

function isPrimary(builder: unknown): boolean {
  const options = (builder as { readonly '~options'?: { readonly primary?: boolean } })['~options'];
  return options?.primary === true;
}

function declare<
  const TName extends string,
  const TTable extends string,
  const TProperties extends Properties,
>(
  options: EntityOptions<TName, TTable, TProperties>,
  protection: Pick<EntityProtection, 'kind' | 'reason'>,
  tenant: TenantProperties | null,
) {
  const { name, tableName, properties } = options;
  protections.set(name, { entity: name, tableName, ...protection });
  const filters = tenant === null ? {} : { tenant: tenantFilter(tenant) };
  return defineEntity({ name, tableName, properties, filters });
}

function tenantFilter(tenant: TenantProperties): FilterDef {
  const { agency, subaccount, device } = tenant;
  return {
    name: 'tenant',
    default: true,
    cond: ({ agencyId, subaccountIds, deviceId }: TenantFilterArguments) => ({
      [agency]: agencyId,
      ...(subaccount !== undefined && subaccountIds !== null && { [subaccount]: { $in: subaccountIds } }),
      ...(device !== undefined && deviceId !== null && { [device]: deviceId }),
    }),
  };
}
