import { setTimeout as sleep } from 'node:timers/promises';
import { GraphqlClient, GraphqlRequestError } from '../../../src/cli/graphql-client.js';
import { startBenchServer } from '../bench-server.js';
import type { BenchServer } from '../bench-server.js';
import { BenchProcess } from '../child-process.js';
import type { BenchOptions } from '../report.js';
import { createTenants } from '../tenants.js';
import type { Tenants } from '../tenants.js';
import { scan } from './raw-device.js';
import type { RawRequest, RawSetUp } from './raw.process.js';
import type { SimulatorFacts, SimulatorRequest } from './simulator.process.js';

const PAIRINGS_AT_ONCE = 8;
const PAIRING_LIMIT_MS = 120_000;
const CONNECT_LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 50;
const PAIR_DEVICE = `mutation ($input: PairDeviceInput!) { pairDevice(input: $input) { device { id } } }`;
const DEVICE = `query ($id: ID!) { device(id: $id) { status pairing { qr } } }`;

export interface StageOptions {
  readonly devices: number;
  /** Of one agency; devices are spread evenly. */
  readonly subaccounts: number;
  readonly customers: number;
  readonly env?: Readonly<Record<string, string>>;
  /** PostgreSQL settings on top of the product's. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly redis?: boolean;
  /** Also as many numbers of the bare library; default true. */
  readonly bare?: boolean;
}

/** The loopback WhatsApp, the product and the bare library, each in a process of its own, with as many linked numbers each. */
export class Stage implements AsyncDisposable {
  readonly server: BenchServer;
  readonly tenants: Tenants;
  readonly facts: SimulatorFacts;
  readonly customers: readonly string[];
  /** Of the product's devices, in their order. */
  readonly numbers: readonly string[];
  /** Of the bare library's. */
  readonly rawNumbers: readonly string[];
  readonly #simulator: BenchProcess;
  readonly #raw: BenchProcess;
  readonly #opened: AsyncDisposable;

  private constructor(
    parts: Pick<Stage, 'server' | 'tenants' | 'facts' | 'customers' | 'numbers' | 'rawNumbers'>,
    processes: { readonly simulator: BenchProcess; readonly raw: BenchProcess },
    opened: AsyncDisposable,
  ) {
    this.server = parts.server;
    this.tenants = parts.tenants;
    this.facts = parts.facts;
    this.customers = parts.customers;
    this.numbers = parts.numbers;
    this.rawNumbers = parts.rawNumbers;
    this.#simulator = processes.simulator;
    this.#raw = processes.raw;
    this.#opened = opened;
  }

  static async open({ signal, profileDir }: BenchOptions, options: StageOptions): Promise<Stage> {
    await using stack = new AsyncDisposableStack();
    const simulator = await startSimulator(signal);
    stack.use(simulator);
    const facts = await simulator.ask<SimulatorFacts>({ kind: 'facts' });
    const server = await startBenchServer({
      env: { WHATSAPP_WEBSOCKET_URL: facts.url, CONNECTS_PER_SECOND: '500', ...options.env },
      profileDir,
      settings: options.settings ?? {},
      ...(options.redis === true && { redis: true }),
    });
    stack.use(server);
    const phones = (count: number, name: string) =>
      simulator.ask<string[]>({ kind: 'phones', count, name } satisfies SimulatorRequest);
    const customers = await phones(options.customers, 'Customer');
    const numbers = await phones(options.devices, 'Number');
    const rawNumbers = await phones(options.devices, 'Bare number');
    const raw = await startRaw(facts, customers, signal);
    stack.use(raw);
    if (options.bare !== false) await raw.ask({ kind: 'pair', numbers: rawNumbers } satisfies RawRequest);
    const { subaccounts } = options;
    const tenants = await createTenants(server, { subaccounts, devicesEach: options.devices / subaccounts });
    await pairAll(server, tenants, facts, numbers);
    return new Stage(
      { server, tenants, facts, customers, numbers, rawNumbers },
      { simulator, raw },
      stack.move(),
    );
  }

  simulator<T>(request: SimulatorRequest): Promise<T> {
    return this.#simulator.ask<T>(request);
  }

  raw<T>(request: RawRequest): Promise<T> {
    return this.#raw.ask<T>(request);
  }

  /** Resolves when all devices of the product are connected. */
  async allConnected(): Promise<void> {
    const deadline = Date.now() + CONNECT_LIMIT_MS;
    while (Date.now() < deadline) {
      const connected = await this.simulator<number>({ kind: 'connected', numbers: this.numbers });
      if (connected === this.numbers.length) return;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error('the devices did not come back in time');
  }

  get rawPid(): number {
    return this.#raw.pid;
  }

  get simulatorPid(): number {
    return this.#simulator.pid;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#opened[Symbol.asyncDispose]());
  }
}

export function startSimulator(signal: AbortSignal): Promise<BenchProcess> {
  return BenchProcess.start(new URL('simulator.process.ts', import.meta.url), {}, signal);
}

export function startRaw(
  { url, controlUrl }: SimulatorFacts,
  recipients: readonly string[],
  signal: AbortSignal,
): Promise<BenchProcess> {
  const setUp: RawSetUp = { url, controlUrl, recipients };
  return BenchProcess.start(new URL('raw.process.ts', import.meta.url), setUp, signal);
}

/** Through the API, as a dashboard does it. */
export async function pairAll(
  server: BenchServer,
  { apiKey, deviceIds }: Tenants,
  { controlUrl }: SimulatorFacts,
  numbers: readonly string[],
): Promise<void> {
  await using client = new GraphqlClient(server.url, apiKey);
  const queue = deviceIds.entries();
  const worker = async (): Promise<void> => {
    for (const [index, deviceId] of queue) await pair(client, controlUrl, deviceId, numbers[index] ?? '');
  };
  await Promise.all(Array.from({ length: PAIRINGS_AT_ONCE }, worker));
}

async function pair(
  client: GraphqlClient,
  controlUrl: string,
  deviceId: string,
  number: string,
): Promise<void> {
  const deadline = Date.now() + PAIRING_LIMIT_MS;
  await client.request(PAIR_DEVICE, { input: { deviceId } });
  let scanned = false;
  while (Date.now() < deadline) {
    const device = await look(client, deviceId);
    if (device?.status === 'CONNECTED') return;
    const qr = device?.pairing?.qr ?? null;
    if (qr !== null && !scanned) {
      scanned = true;
      await scan(controlUrl, number, qr);
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error('a device was not paired in time');
}

interface SeenDevice {
  readonly status: string;
  readonly pairing: { readonly qr: string | null } | null;
}

/** null: the database is too busy with the other pairings; nothing is measured yet, so that is no failure. */
async function look(client: GraphqlClient, id: string): Promise<SeenDevice | null> {
  try {
    return (await client.request<{ device: SeenDevice }>(DEVICE, { id })).device;
  } catch (error) {
    if (error instanceof GraphqlRequestError && error.reason === 'DATABASE_UNAVAILABLE') return null;
    throw error;
  }
}
