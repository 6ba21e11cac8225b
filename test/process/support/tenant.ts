import { readFileSync } from 'node:fs';
import path from 'node:path';
import { GraphqlClient } from '../../../src/cli/graphql-client.js';
import type { Simulator } from '../../../src/simulator/index.js';
import type { Program } from './program.js';
import type { Stage } from './stage.js';

interface PairingView {
  readonly state: string;
  readonly qr: string | null;
  readonly code: string | null;
}

/** What the API says of a device. */
export interface DeviceView {
  readonly status: string;
  readonly phoneNumber: string | null;
  readonly pairing: PairingView | null;
}

/** The variables that lead a server to this simulated WhatsApp. */
export function whatsappOf(simulator: Simulator): Record<string, string> {
  return { WHATSAPP_WEBSOCKET_URL: simulator.url };
}

export async function urlOf(server: Program): Promise<string> {
  const [line] = await server.untilSaid(/^.*"msg":"ready".*$/m);
  return (JSON.parse(line) as { graphql: string }).graphql;
}

/** A client with the key that the server made for the operator. */
export function asOperator(stage: Stage, url: string): GraphqlClient {
  return new GraphqlClient(url, readFileSync(path.join(stage.dataDir, 'operator.key'), 'utf8').trim());
}

/** An agency with one subaccount; its key outlives the server. */
export async function createSubaccount(operator: GraphqlClient): Promise<{ id: string; key: string }> {
  const { createAgency } = await operator.request<{ createAgency: { agency: { id: string } } }>(
    `mutation { createAgency(input: { name: "A", ownerEmail: "owner@example.com", ownerPassword: "correct horse battery" }) {
       agency { id } } }`,
  );
  const { createSubaccount: created } = await operator.request<{
    createSubaccount: { subaccount: { id: string } };
  }>(`mutation ($input: CreateSubaccountInput!) { createSubaccount(input: $input) { subaccount { id } } }`, {
    input: { agencyId: createAgency.agency.id, name: 'S' },
  });
  const { id } = created.subaccount;
  const { createApiKey } = await operator.request<{ createApiKey: { secret: string } }>(
    `mutation ($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }`,
    { input: { subaccountId: id, name: 'K', scopes: ['*'] } },
  );
  return { id, key: createApiKey.secret };
}

export async function createDevice(client: GraphqlClient, subaccountId: string): Promise<string> {
  const { createDevice: created } = await client.request<{ createDevice: { device: { id: string } } }>(
    `mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { device { id } } }`,
    { input: { subaccountId, label: 'D' } },
  );
  return created.device.id;
}

export async function startPairing(client: GraphqlClient, deviceId: string): Promise<void> {
  await client.request(
    `mutation ($input: PairDeviceInput!) { pairDevice(input: $input) { pairing { state } } }`,
    { input: { deviceId } },
  );
}

export async function findDevice(client: GraphqlClient, id: string): Promise<DeviceView> {
  const { device } = await client.request<{ device: DeviceView }>(
    `query ($id: ID!) { device(id: $id) { status phoneNumber pairing { state qr code } } }`,
    { id },
  );
  return device;
}
