import type { EntityManager } from '@mikro-orm/postgresql';

/** The server was given a role that row-level security does not bind; the message says what to do instead. */
export class UnboundRoleError extends Error {
  constructor(role: string, why: string) {
    super(
      `Trunkline does not run as the database role "${role}": it ${why}, so row-level security would not keep tenants apart. ` +
        'Let DATABASE_URL name a role that is NOSUPERUSER NOBYPASSRLS and owns nothing (create role trunkline_app login password …), ' +
        'and DATABASE_MIGRATION_URL the role that owns the tables.',
    );
    this.name = 'UnboundRoleError';
  }
}

interface RoleFacts {
  readonly role: string;
  readonly superuser: boolean;
  readonly bypass: boolean;
  readonly owned_table: string | null;
}

/** Memberships count: a member can become the role it is a member of. */
const ROLE_FACTS = `
  select current_user as role,
         coalesce(bool_or(r.rolsuper), false) as superuser,
         coalesce(bool_or(r.rolbypassrls), false) as bypass,
         (select min(c.relname) from pg_class c
          where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
            and pg_has_role(current_user, c.relowner, 'member')) as owned_table
  from pg_roles r where pg_has_role(current_user, r.oid, 'member')`;

/** Throws {@link UnboundRoleError} unless row-level security binds the role that we connect as. */
export async function refuseUnboundRole(em: EntityManager): Promise<void> {
  const [facts] = await em.execute<RoleFacts[]>(ROLE_FACTS);
  if (facts === undefined) throw new Error('the database does not say which role it sees');
  if (facts.superuser) throw new UnboundRoleError(facts.role, 'is a superuser');
  if (facts.bypass) throw new UnboundRoleError(facts.role, 'may bypass row-level security (BYPASSRLS)');
  if (facts.owned_table !== null)
    throw new UnboundRoleError(facts.role, `owns tables (${facts.owned_table})`);
}
