import type { ApiClient } from './api-client.js';
import type { SeededAgency, SeededSubaccount } from './seed.js';

export interface Colleague {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly api: ApiClient;
}

const PASSWORD = 'correct horse battery staple';
let seeded = 0;

/** A user of the agency who is logged in; roles below the agency's need the places where they work. `others`: other roles elsewhere. */
export async function createColleague(
  agency: SeededAgency,
  role: string,
  places: readonly SeededSubaccount[] = [],
  others: Readonly<Record<string, readonly SeededSubaccount[]>> = {},
): Promise<Colleague> {
  const email = `${role}-${String(++seeded)}-${agency.id}@example.com`.toLowerCase();
  const subaccountIds = places.map(({ id }) => id);
  const subaccountRoles = Object.entries(others).flatMap(([other, elsewhere]) =>
    elsewhere.map(({ id }) => ({ subaccountId: id, role: other })),
  );
  const { user } = await agency.api.mutate<{ user: { id: string } }>(
    'createUser',
    {
      ...{ agencyId: agency.id, email, password: PASSWORD, role },
      ...(places.length > 0 && { subaccountIds }),
      ...(subaccountRoles.length > 0 && { subaccountRoles }),
    },
    'user { id }',
  );
  return { id: user.id, email, password: PASSWORD, api: await logIn(agency.api, email, PASSWORD) };
}

/** A user who works in one subaccount. */
export function hire(place: SeededSubaccount, role = 'AGENT'): Promise<Colleague> {
  return createColleague(place.agency, role, [place]);
}

/** Whoever logs in, as a caller. */
export async function logIn(api: ApiClient, email: string, password: string): Promise<ApiClient> {
  const { sessionToken } = await api.mutate<{ sessionToken: string }>(
    'logIn',
    { email, password },
    'sessionToken',
  );
  return api.as(sessionToken);
}
