import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { GraphqlClient } from '../../src/cli/graphql-client.js';
import { toPgConfig } from '../../src/platform/database/connection.js';
import type { BenchServer } from './bench-server.js';

const KEY_SCOPES = [
  'message:send',
  'message:read',
  'device:read',
  'device:pair',
  'device:update',
  'event:read',
  'conversation:read',
  'contact:read',
  'contact:import',
  'subaccount:read',
  'pipeline:read',
  'deal:read',
];

/** Devices of several subaccounts of one agency, and the agency's own key. */
export interface Tenants {
  readonly apiKey: string;
  readonly subaccounts: readonly { readonly id: string; readonly deviceIds: readonly string[] }[];
  readonly deviceIds: readonly string[];
}

/** Makes the tenants through the API. */
export async function createTenants(
  server: BenchServer,
  size: { readonly subaccounts: number; readonly devicesEach: number },
): Promise<Tenants> {
  const owner = await createAgency(server);
  const subaccounts: { id: string; deviceIds: string[] }[] = [];
  for (let number = 0; number < size.subaccounts; number += 1) {
    const id = await owner.createSubaccount(`Client ${number}`);
    const deviceIds: string[] = [];
    for (let device = 0; device < size.devicesEach; device += 1) {
      deviceIds.push(await owner.createDevice(id, `Number ${device}`));
    }
    subaccounts.push({ id, deviceIds });
  }
  const apiKey = await owner.createApiKey();
  return { apiKey, subaccounts, deviceIds: subaccounts.flatMap(({ deviceIds }) => deviceIds) };
}

/** Lets the devices look linked and connected. */
export async function pretendConnected(server: BenchServer): Promise<void> {
  await asOwner(server, (client) =>
    client.query(
      `update device set link = 'PAIRED', connection = 'OPEN', status = 'CONNECTED', wake_at = null`,
    ),
  );
}

/** Runs statements past row-level security: for arranging and counting. */
export async function asOwner<T>(server: BenchServer, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client(toPgConfig(server.owner));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function createAgency(server: BenchServer) {
  const login = { email: 'owner@example.com', password: randomBytes(18).toString('base64url') };
  await using operator = new GraphqlClient(server.url, server.operatorKey);
  const { createAgency } = await operator.request<{ createAgency: { agency: { id: string } } }>(
    `mutation ($input: CreateAgencyInput!) { createAgency(input: $input) { agency { id } } }`,
    { input: { name: 'Benchmark', ownerEmail: login.email, ownerPassword: login.password } },
  );
  const { logIn } = await operator.request<{ logIn: { sessionToken: string } }>(
    `mutation ($input: LogInInput!) { logIn(input: $input) { sessionToken } }`,
    { input: login },
  );
  return agencyOwner(new GraphqlClient(server.url, logIn.sessionToken), createAgency.agency.id);
}

function agencyOwner(client: GraphqlClient, agencyId: string) {
  return {
    createSubaccount: async (name: string): Promise<string> => {
      const answer = await client.request<{ createSubaccount: { subaccount: { id: string } } }>(
        `mutation ($input: CreateSubaccountInput!) { createSubaccount(input: $input) { subaccount { id } } }`,
        { input: { agencyId, name } },
      );
      return answer.createSubaccount.subaccount.id;
    },
    createDevice: async (subaccountId: string, label: string): Promise<string> => {
      const answer = await client.request<{ createDevice: { device: { id: string } } }>(
        `mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { device { id } } }`,
        { input: { subaccountId, label } },
      );
      return answer.createDevice.device.id;
    },
    createApiKey: async (): Promise<string> => {
      const answer = await client.request<{ createApiKey: { secret: string } }>(
        `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`,
        { input: { agencyId, name: 'benchmark', scopes: KEY_SCOPES } },
      );
      return answer.createApiKey.secret;
    },
  };
}
