import { connectAsOperator } from './operator-client.js';
import { readNewPassword } from './password-prompt.js';

interface ServerOption {
  readonly url?: string;
}

/** `trunkline agency create` */
export async function createAgency(
  options: ServerOption & { name: string; ownerEmail: string },
): Promise<void> {
  await using client = await connectAsOperator(options.url);
  const ownerPassword = await readNewPassword(options.ownerEmail);
  const { createAgency: created } = await client.request<{
    createAgency: { agency: { id: string }; owner: { id: string } };
  }>(`mutation ($input: CreateAgencyInput!) { createAgency(input: $input) { agency { id } owner { id } } }`, {
    input: { name: options.name, ownerEmail: options.ownerEmail, ownerPassword },
  });
  print('agency', created.agency.id);
  print('owner', created.owner.id);
}

/** `trunkline subaccount create` */
export async function createSubaccount(
  options: ServerOption & { agency: string; name: string; timezone: string },
): Promise<void> {
  await using client = await connectAsOperator(options.url);
  const { createSubaccount: created } = await client.request<{
    createSubaccount: { subaccount: { id: string } };
  }>(`mutation ($input: CreateSubaccountInput!) { createSubaccount(input: $input) { subaccount { id } } }`, {
    input: { agencyId: options.agency, name: options.name, timezone: options.timezone },
  });
  print('subaccount', created.subaccount.id);
}

/** `trunkline user create` */
export async function createUser(
  options: ServerOption & { agency: string; email: string; role: string; subaccount?: string[] },
): Promise<void> {
  await using client = await connectAsOperator(options.url);
  const password = await readNewPassword(options.email);
  const { createUser: created } = await client.request<{ createUser: { user: { id: string } } }>(
    `mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }`,
    {
      input: {
        agencyId: options.agency,
        email: options.email,
        password,
        role: options.role,
        subaccountIds: options.subaccount ?? null,
      },
    },
  );
  print('user', created.user.id);
}

/** `trunkline key create` */
export async function createApiKey(
  options: ServerOption & {
    agency?: string;
    subaccount?: string;
    name: string;
    scope: string[];
    expiresAt?: string;
  },
): Promise<void> {
  await using client = await connectAsOperator(options.url);
  const { createApiKey: created } = await client.request<{
    createApiKey: { apiKey: { id: string }; secret: string };
  }>(`mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } secret } }`, {
    input: {
      agencyId: options.agency ?? null,
      subaccountId: options.subaccount ?? null,
      name: options.name,
      scopes: options.scope,
      expiresAt: options.expiresAt ?? null,
    },
  });
  print('key', created.apiKey.id);
  print('secret (shown this once)', created.secret);
}

function print(what: string, value: string): void {
  process.stdout.write(`${what}: ${value}\n`);
}
