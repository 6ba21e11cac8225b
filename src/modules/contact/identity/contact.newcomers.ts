import { bothDone } from '../../../kernel/both-done.js';
import { newId } from '../../../kernel/ids.js';
import { PreparedStatement } from '../../../platform/database/prepared-statement.js';
import type { Transaction } from '../../../platform/database/transaction.js';
import { contactCreated } from '../contact.events.js';
import type { PersonFacts, Tenant } from './contact.directory.js';
import { identitiesOf } from './contact.identity.js';
import type { ContactIdentity } from './contact.identity.js';
import { lockIdentities } from './identity.lock.js';

/** $1 agency, $2 subaccount, $3 now, then an array for each column. */
const INTRODUCE = new PreparedStatement<{ readonly id: string }>(
  'introduce_contacts',
  `with strange as (
     select e.* from unnest($4::uuid[], $5::text[], $6::text[], $7::text[]) as e (id, lid, phone, push_name)
     where not exists (select from contact_identity i where i.subaccount_id = $2 and i.kind = 'LID' and i.value = e.lid)
       and not exists (select from contact_identity i where i.subaccount_id = $2 and i.kind = 'PHONE' and i.value = e.phone)
   ), named as (
     insert into contact_identity (subaccount_id, agency_id, kind, value, contact_id)
     select $2, $1, n.kind, n.value, s.id
     from strange s cross join lateral (values ('LID', s.lid), ('PHONE', s.phone)) as n (kind, value)
     where n.value is not null
     on conflict do nothing
   )
   insert into contact (id, agency_id, subaccount_id, phone_number, push_name, version, created_at, updated_at)
   select id, $1, $2, phone, push_name, 1, $3, $3 from strange
   returning id`,
);

/** Makes contacts of those people of whom nothing is known, all by one statement. Who is known by any of their identities is left as is. */
export async function introduce(
  tx: Transaction,
  tenant: Tenant,
  people: readonly PersonFacts[],
  at: Date,
): Promise<void> {
  const each = onceEach(people);
  if (each.length === 0) return;
  const { agencyId, subaccountId } = tenant;
  const [, made] = await bothDone(
    lockIdentities(tx, tenant, each.flatMap(identitiesOf).sort(byName)),
    INTRODUCE.run(tx.em, [
      agencyId,
      subaccountId,
      at,
      each.map(() => newId()),
      each.map(({ lid }) => lid),
      each.map(({ phoneNumber }) => phoneNumber),
      each.map(({ pushName }) => pushName ?? null),
    ]),
  );
  for (const { id } of made) tx.append(contactCreated({ id, subaccountId }));
}

/** Who shares an identity with somebody before, and is not told by the same names, is looked at alone later. */
function onceEach(people: readonly PersonFacts[]): PersonFacts[] {
  const taken = new Set<string>();
  return people.filter((person) => {
    const names = identitiesOf(person).map(nameOf);
    if (names.length === 0 || names.some((name) => taken.has(name))) return false;
    for (const name of names) taken.add(name);
    return true;
  });
}

const nameOf = ({ kind, value }: ContactIdentity): string => `${kind}:${value}`;

/** The one order in which everybody locks them. */
function byName(one: ContactIdentity, other: ContactIdentity): number {
  return nameOf(one) < nameOf(other) ? -1 : 1;
}
