import type { ApiClient } from './api-client.js';
import type { SeededSubaccount } from './seed.js';

/** A user of an agency who is logged in. */
export interface Colleague {
  readonly id: string;
  readonly api: ApiClient;
}

let made = 0;

/** Gives somebody a role in a subaccount, and logs them in. */
export async function hire(place: SeededSubaccount, role = 'AGENT'): Promise<Colleague> {
  const email = `${role.toLowerCase()}-${++made}@example.com`;
  const password = 'correct horse battery staple';
  const { id: agencyId, api } = place.agency;
  const { user } = await api.mutate<{ user: { id: string } }>(
    'createUser',
    { agencyId, email, password, role, subaccountIds: [place.id] },
    'user { id }',
  );
  const { sessionToken } = await api.mutate<{ sessionToken: string }>(
    'logIn',
    { email, password },
    'sessionToken',
  );
  return { id: user.id, api: api.as(sessionToken) };
}
