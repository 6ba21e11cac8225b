import { ApiClient } from './api-client.js';
import { Lazy } from './lazy.js';
import { SeededDevice } from './seeded-device.js';
import type { PhoneOptions } from '../../src/simulator/index.js';
import type { TestServer } from './server.js';

export interface SeededAgency {
  readonly id: string;
  readonly server: TestServer;
  readonly ownerEmail: string;
  readonly ownerPassword: string;
  /** Holds a key of the agency that may do everything. */
  readonly api: ApiClient;
}

export interface SeededSubaccount {
  readonly id: string;
  readonly agency: SeededAgency;
  /** Holds a key of the subaccount that may do everything. */
  readonly api: ApiClient;
}

export interface SubaccountOptions {
  readonly requireBusinessAccount?: boolean;
  readonly timezone?: string;
}

export interface DeviceOptions {
  readonly label?: string;
  /** Code of the package; default: the agency's. */
  readonly package?: string;
  /** Paired by QR and logged in. Default false. */
  readonly connected?: boolean;
  /** What phone pairs; default: a new one. */
  readonly phone?: PhoneOptions;
}

let seeded = 0;
const unique = (what: string): string => `${what} ${String(++seeded)}`;

/**
 * Tenants and devices made through the public API: `await seed(server).agency().subaccount().device({ connected: true })`. Each
 * step is made when it is first awaited, and is nobody else's.
 */
export function seed(server: TestServer): { agency(): AgencySeed } {
  return { agency: () => new AgencySeed(() => createAgency(server)) };
}

export class AgencySeed extends Lazy<SeededAgency> {
  subaccount(options: SubaccountOptions = {}): SubaccountSeed {
    return new SubaccountSeed(async () => createSubaccount(await this, options));
  }
}

export class SubaccountSeed extends Lazy<SeededSubaccount> {
  device(options: DeviceOptions = {}): Lazy<SeededDevice> {
    return new Lazy(async () => createDevice(await this, options));
  }
}

/** A key with these scopes, made by whoever `maker` is. */
export async function createKey(
  maker: ApiClient,
  owner: { readonly agencyId: string } | { readonly subaccountId: string },
  scopes: readonly string[] = ['*'],
): Promise<{ readonly id: string; readonly api: ApiClient }> {
  const { apiKey, secret } = await maker.mutate<{ apiKey: { id: string }; secret: string }>(
    'createApiKey',
    { ...owner, name: unique('key'), scopes },
    'apiKey { id } secret',
  );
  return { id: apiKey.id, api: maker.as(secret) };
}

async function createAgency(server: TestServer): Promise<SeededAgency> {
  const operator = new ApiClient(server, server.operatorKey);
  const ownerEmail = `${unique('owner').replace(' ', '-')}@example.com`;
  const ownerPassword = 'correct horse battery staple';
  const { agency } = await operator.mutate<{ agency: { id: string } }>(
    'createAgency',
    { name: unique('agency'), ownerEmail, ownerPassword },
    'agency { id }',
  );
  const { api } = await createKey(operator, { agencyId: agency.id });
  return { id: agency.id, server, ownerEmail, ownerPassword, api };
}

async function createSubaccount(agency: SeededAgency, options: object): Promise<SeededSubaccount> {
  const { subaccount } = await agency.api.mutate<{ subaccount: { id: string } }>(
    'createSubaccount',
    { agencyId: agency.id, name: unique('subaccount'), ...options },
    'subaccount { id }',
  );
  const { api } = await createKey(agency.api, { subaccountId: subaccount.id });
  return { id: subaccount.id, agency, api };
}

async function createDevice(subaccount: SeededSubaccount, options: DeviceOptions): Promise<SeededDevice> {
  const { device, token } = await subaccount.api.mutate<{ device: { id: string }; token: string }>(
    'createDevice',
    {
      subaccountId: subaccount.id,
      label: options.label ?? unique('device'),
      ...(options.package !== undefined && {
        packageId: await packageId(subaccount.agency, options.package),
      }),
    },
    'device { id } token',
  );
  const { simulator } = subaccount.agency.server;
  const seededDevice = new SeededDevice(subaccount, device.id, token, simulator.createPhone(options.phone));
  if (options.connected === true) await seededDevice.connect();
  return seededDevice;
}

/** The package of an agency with this code. */
export async function packageId({ api }: SeededAgency, code: string): Promise<string> {
  const { packages } = await api.ask<{ packages: { nodes: { id: string; code: string }[] } }>(
    '{ packages { nodes { id code } } }',
  );
  const found = packages.nodes.find((each) => each.code === code);
  if (found === undefined) throw new Error(`there is no package ${code}`);
  return found.id;
}

/** The place of the last event of a subaccount's stream: what happens from now on lies behind it. */
export async function cursorOf({ id, api }: SeededSubaccount): Promise<string> {
  const query = `query ($id: ID!, $after: EventCursor) {
    events(subaccountId: $id, after: $after, topics: []) { endCursor hasMore } }`;
  const { events } = await api.ask<{ events: { endCursor: string } }>(query, { id });
  return events.endCursor;
}
