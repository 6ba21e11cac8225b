import type { UserFacingSocketConfig } from '@whiskeysockets/baileys';
import {
  Simulator,
  type LinkedDevice,
  type Phone,
  type SimulatorOptions,
} from '../../src/simulator/index.js';
import { StockClient } from './stock-client.js';

/** Short delays, yet long enough for the library to report receipts as updates of their own. */
const QUICK_RECEIPTS = { deliveredAfterMs: 200, readAfterMs: 300 };

/** A simulator with an owner, whose stock client is paired, and a customer. */
export class Fixture {
  readonly simulator: Simulator;
  readonly owner: Phone;
  readonly customer: Phone;
  readonly #clients: StockClient[] = [];

  private constructor(simulator: Simulator) {
    this.simulator = simulator;
    this.owner = simulator.createPhone({ name: 'Owner' });
    this.customer = simulator.createPhone({ name: 'Customer' });
  }

  static async start(options: SimulatorOptions = {}): Promise<Fixture> {
    return new Fixture(await Simulator.start({ receipts: QUICK_RECEIPTS, ...options }));
  }

  client(config: Partial<UserFacingSocketConfig> = {}): StockClient {
    const client = new StockClient(this.simulator, config);
    this.#clients.push(client);
    return client;
  }

  async paired(
    config: Partial<UserFacingSocketConfig> = {},
    phone: Phone = this.owner,
  ): Promise<{ client: StockClient; device: LinkedDevice }> {
    const client = this.client(config);
    return { client, device: await client.pair(phone) };
  }

  async close(): Promise<void> {
    for (const client of this.#clients) await client.leave();
    await this.simulator.close();
  }
}
