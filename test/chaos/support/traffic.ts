import { setTimeout as sleep } from 'node:timers/promises';
import { Semaphore } from 'async-mutex';
import type { Phone, Simulator } from '../../../src/simulator/index.js';
import { GraphqlRequestError } from '../../../src/cli/graphql-client.js';
import { insist } from './insist.js';
import type { ChaosDevice, Tenant } from './tenant.js';

const RECIPIENTS_EACH = 3;
/** Requests that wait for an answer. Without a bound callers would keep an API that has hardly any processor busy with refusing them. */
const CALLS_AT_ONCE = 48;
const SEND = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } replayed } }`;

export interface TrafficOptions {
  readonly sends: number;
  readonly inbound: number;
  /** Handed in evenly over this time. */
  readonly spreadMs: number;
  /** Tells the messages of several runs apart; default 0. */
  readonly round?: number;
  /** No further tries after this. */
  readonly signal: AbortSignal;
}

/** What the caller of the API was told, and what customers wrote. */
export interface Traffic {
  readonly customers: readonly Phone[];
  /** Texts of accepted messages by id. */
  readonly accepted: ReadonlyMap<string, string>;
  readonly written: readonly string[];
  /** Requests that had to be repeated because no answer came. */
  readonly repeated: number;
  /** Reasons with which the API asked to try again, and how often. */
  readonly refusals: ReadonlyMap<string, number>;
  /** Answers of an earlier request under the same key. */
  readonly replayed: number;
}

/** Hands in messages through the API and lets customers write, both spread evenly over time. */
export async function makeTraffic(
  simulator: Simulator,
  tenant: Tenant,
  options: TrafficOptions,
): Promise<Traffic> {
  const count = Math.max(RECIPIENTS_EACH, Math.ceil(tenant.devices.length / 4));
  const customers = Array.from({ length: count }, (_, number) =>
    simulator.createPhone({ name: `Customer ${number}`, readAfterMs: null }),
  );
  const { round = 0 } = options;
  const sender = new Sender(tenant, options.signal);
  const written: string[] = [];
  await Promise.all([
    spread(options.sends, options, async (number) => {
      const { device, customer } = laneOf(number, tenant.devices, customers);
      await sender.send(device, customer, `out ${number} ${round}`);
    }),
    spread(options.inbound, options, async (number) => {
      const { device, customer } = laneOf(number, tenant.devices, customers);
      const text = `in ${number} ${round}`;
      await customer.sendText(device.phone.number, text);
      written.push(text);
    }),
  ]);
  await sender.settled();
  return {
    customers,
    accepted: sender.accepted,
    written,
    repeated: sender.repeated,
    refusals: sender.refusals,
    replayed: sender.replayed,
  };
}

/** Every device writes to, and hears from, the same few customers in turns; customers hear from several devices. */
function laneOf(
  number: number,
  devices: readonly ChaosDevice[],
  customers: readonly Phone[],
): { device: ChaosDevice; customer: Phone } {
  const place = number % devices.length;
  const turn = Math.floor(number / devices.length) % RECIPIENTS_EACH;
  const device = devices[place];
  const customer = customers[(place + turn) % customers.length];
  if (device === undefined || customer === undefined) throw new Error('nobody is there to write');
  return { device, customer };
}

async function spread(
  count: number,
  { spreadMs, signal }: TrafficOptions,
  act: (number: number) => Promise<void>,
): Promise<void> {
  const startedAt = performance.now();
  for (let number = 0; number < count && !signal.aborted; number += 1) {
    const waitMs = startedAt + (number / count) * spreadMs - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    await act(number);
  }
}

/** A careful client: one key for each message, and the same request again until there is an answer. */
class Sender {
  readonly accepted = new Map<string, string>();
  readonly refusals = new Map<string, number>();
  repeated = 0;
  replayed = 0;
  readonly #tenant: Tenant;
  readonly #signal: AbortSignal;
  readonly #places = new Semaphore(CALLS_AT_ONCE);
  /** The last request of each (device, recipient): the next one waits, or their order would be nobody's. */
  readonly #lanes = new Map<string, Promise<void>>();

  constructor(tenant: Tenant, signal: AbortSignal) {
    this.#tenant = tenant;
    this.#signal = signal;
  }

  async send(device: ChaosDevice, customer: Phone, text: string): Promise<void> {
    const lane = `${device.id} ${customer.number}`;
    const before = this.#lanes.get(lane) ?? Promise.resolve();
    this.#lanes.set(
      lane,
      before.then(() =>
        this.#places.runExclusive(() =>
          this.#insist({ deviceId: device.id, to: `+${customer.number}`, text, idempotencyKey: text }),
        ),
      ),
    );
  }

  async settled(): Promise<void> {
    await Promise.all(this.#lanes.values());
  }

  async #insist(input: Readonly<Record<string, string>> & { readonly text: string }): Promise<void> {
    const answer = await insist<{ sendMessage: { message: { id: string }; replayed: boolean } }>(
      this.#tenant.client,
      { query: SEND, variables: { input } },
      {
        signal: this.#signal,
        onRepeat: (error) => {
          this.repeated += 1;
          const reason = reasonOf(error);
          this.refusals.set(reason, (this.refusals.get(reason) ?? 0) + 1);
        },
      },
    );
    if (answer === null) return;
    const { message, replayed } = answer.sendMessage;
    if (replayed) this.replayed += 1;
    this.accepted.set(message.id, input.text);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof GraphqlRequestError)) return 'no answer';
  return error.reason ?? 'no reason';
}
