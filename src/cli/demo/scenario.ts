import { randomBytes } from 'node:crypto';
import type { Phone, Simulator } from '../../simulator/index.js';
import { GraphqlClient, GraphqlRequestError } from '../graphql-client.js';
import { Watch } from '../watch.js';
import type { Narrator } from './narrator.js';
import * as api from './operations.js';

interface Shop {
  readonly client: GraphqlClient;
  readonly apiKey: string;
  readonly subaccountId: string;
  readonly deviceId: string;
  readonly number: Phone;
  readonly statuses: Watch<api.DeviceStatusEvent>;
  readonly messages: Watch<api.MessageStatusEvent>;
  readonly inbound: Watch<api.MessageReceivedEvent>;
}

/** What a visitor of the running demo can use. */
export interface DemoAccess {
  readonly apiKey: string;
  readonly subaccountId: string;
  readonly deviceId: string;
  readonly customerNumber: string;
}

/**
 * The main job once, the whole way, through the public API: an agency with two subaccounts, a number paired by QR, a message out with its
 * receipts, the customer's answer in. Each step throws when it did not see what it should.
 */
export class DemoScenario {
  readonly #url: string;
  readonly #operatorKey: string;
  readonly #simulator: Simulator;
  readonly #narrator: Narrator;
  readonly #clients: GraphqlClient[] = [];

  constructor(options: { url: string; operatorKey: string; simulator: Simulator; narrator: Narrator }) {
    this.#url = options.url;
    this.#operatorKey = options.operatorKey;
    this.#simulator = options.simulator;
    this.#narrator = options.narrator;
  }

  async run(): Promise<DemoAccess> {
    const narrator = this.#narrator;
    const owner = await narrator.step('create an agency and log its owner in', () => this.#openAgency());
    const bakery = await narrator.step('subaccount "Bakery": create a device', () =>
      this.#openShop(owner, 'Bakery'),
    );
    const garage = await narrator.step('subaccount "Garage": create a device', () =>
      this.#openShop(owner, 'Garage'),
    );
    await narrator.step('Bakery pairs its number by QR', () => this.#pair(bakery));
    await narrator.step('Garage pairs its number by QR', () => this.#pair(garage));

    const customer = this.#simulator.createPhone({ name: 'Ayu', readAfterMs: 700 });
    await narrator.step('Bakery sends a message; receipts come back', () => this.#send(bakery, customer));
    await narrator.step("the customer's answer arrives in the conversation", () =>
      this.#receive(bakery, customer),
    );
    await narrator.step('Garage sees nothing of Bakery', () => this.#proveIsolation(garage, bakery));
    return {
      apiKey: bakery.apiKey,
      subaccountId: bakery.subaccountId,
      deviceId: bakery.deviceId,
      customerNumber: customer.number,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client[Symbol.asyncDispose]()));
  }

  #connect(token: string): GraphqlClient {
    const client = new GraphqlClient(this.#url, token);
    this.#clients.push(client);
    return client;
  }

  async #openAgency(): Promise<{ client: GraphqlClient; agencyId: string }> {
    const ownerPassword = randomBytes(18).toString('base64url');
    const ownerEmail = 'owner@example.com';
    const operator = this.#connect(this.#operatorKey);
    const { createAgency } = await operator.request<{ createAgency: { agency: { id: string } } }>(
      api.CREATE_AGENCY,
      {
        input: { name: 'Demo Agency', ownerEmail, ownerPassword },
      },
    );
    const { logIn } = await operator.request<{ logIn: { sessionToken: string } }>(api.LOG_IN, {
      input: { email: ownerEmail, password: ownerPassword },
    });
    return { client: this.#connect(logIn.sessionToken), agencyId: createAgency.agency.id };
  }

  async #openShop(owner: { client: GraphqlClient; agencyId: string }, name: string): Promise<Shop> {
    const { createSubaccount } = await owner.client.request<{
      createSubaccount: { subaccount: { id: string } };
    }>(api.CREATE_SUBACCOUNT, { input: { agencyId: owner.agencyId, name, timezone: 'Asia/Jakarta' } });
    const subaccountId = createSubaccount.subaccount.id;
    const { createApiKey } = await owner.client.request<{ createApiKey: { secret: string } }>(
      api.CREATE_API_KEY,
      {
        input: { subaccountId, name: 'demo', scopes: ['*'] },
      },
    );
    const client = this.#connect(createApiKey.secret);
    const { createDevice } = await client.request<{ createDevice: { device: { id: string } } }>(
      api.CREATE_DEVICE,
      {
        input: { subaccountId, label: `${name} sales` },
      },
    );
    const number = this.#simulator.createPhone({ name, business: true });
    const watches = this.#watch(client, subaccountId, name);
    return {
      client,
      apiKey: createApiKey.secret,
      subaccountId,
      deviceId: createDevice.device.id,
      number,
      ...watches,
    };
  }

  #watch(
    client: GraphqlClient,
    subaccountId: string,
    name: string,
  ): Pick<Shop, 'statuses' | 'messages' | 'inbound'> {
    const say = (line: string): void => this.#narrator.event(name, line);
    return {
      statuses: new Watch(
        client.subscribe<api.DeviceStatusEvent>(api.DEVICE_STATUS_CHANGED, { subaccountId }),
        ({ deviceStatusChanged: event }) => say(`device  ${event.previous} → ${event.status}`),
      ),
      messages: new Watch(
        client.subscribe<api.MessageStatusEvent>(api.MESSAGE_STATUS_CHANGED, { subaccountId }),
        ({ messageStatusChanged: event }) => say(`message ${event.previous} → ${event.status}`),
      ),
      inbound: new Watch(
        client.subscribe<api.MessageReceivedEvent>(api.MESSAGE_RECEIVED, { subaccountId }),
        ({ messageReceived: event }) =>
          say(
            `message from ${event.message.conversation.contact?.name ?? 'someone'}: ${event.message.text ?? '(media)'}`,
          ),
      ),
    };
  }

  async #pair(shop: Shop): Promise<void> {
    const { deviceId } = shop;
    await shop.client.request(api.PAIR_DEVICE, { input: { deviceId } });
    const pairing = new Watch(shop.client.subscribe<api.PairingEvent>(api.DEVICE_PAIRING, { deviceId }));
    const shown = await pairing.waitFor('a QR code', (event) => event.devicePairing.qr !== null);
    await shop.number.scan(shown.devicePairing.qr ?? '');
    await pairing.waitFor('the end of the pairing', (event) => event.devicePairing.state === 'SUCCEEDED');
    await shop.statuses.waitFor(
      'CONNECTED',
      ({ deviceStatusChanged: event }) => event.device.id === deviceId && event.status === 'CONNECTED',
    );
  }

  async #send(shop: Shop, customer: Phone): Promise<void> {
    const text = 'Your croissants are ready. See you soon!';
    const { sendMessage } = await shop.client.request<{
      sendMessage: { message: { id: string; status: string } };
    }>(api.SEND_MESSAGE, { input: { deviceId: shop.deviceId, to: customer.number, text } });
    for (const status of ['SENT', 'DELIVERED', 'READ']) {
      const { messageStatusChanged: seen } = await shop.messages.waitFor(
        status,
        ({ messageStatusChanged: event }) =>
          event.message.id === sendMessage.message.id && [status, 'FAILED'].includes(event.status),
      );
      if (seen.status === 'FAILED') {
        throw new Error(`the message FAILED (${seen.message.failure?.code ?? 'no reason given'})`);
      }
    }
    await customer.waitForMessage((message) => message.text === text, 5_000);
  }

  async #receive(shop: Shop, customer: Phone): Promise<void> {
    const text = 'Thank you, on my way!';
    await customer.sendText(shop.number.number, text);
    const event = await shop.inbound.waitFor(
      'the answer',
      (item) => item.messageReceived.message.text === text,
    );
    const { conversation } = await shop.client.request<{
      conversation: { messages: { nodes: { direction: string; text: string }[] } };
    }>(api.CONVERSATION, { id: event.messageReceived.message.conversation.id });
    const directions = conversation.messages.nodes.map((message) => message.direction).sort();
    if (directions.join() !== 'INBOUND,OUTBOUND') {
      throw new Error(`the conversation holds ${directions.join(', ')} instead of one message each way`);
    }
  }

  async #proveIsolation(garage: Shop, bakery: Shop): Promise<void> {
    const answer = await garage.client
      .request<{ device: unknown }>(api.DEVICE, { id: bakery.deviceId })
      .catch((error: unknown) => {
        if (error instanceof GraphqlRequestError && error.reason === 'NOT_FOUND') return { device: null };
        throw error;
      });
    if (answer.device !== null) throw new Error("Garage's key could read Bakery's device");
  }
}
