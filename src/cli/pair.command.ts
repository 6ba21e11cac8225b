import { setTimeout as sleep } from 'node:timers/promises';
import QRCode from 'qrcode';
import { GraphqlClient } from './graphql-client.js';
import { graphqlUrl } from './operator-client.js';
import { CliError } from './cli-error.js';

interface PairOptions {
  readonly subaccount?: string;
  readonly label: string;
  readonly phone?: string;
  readonly url?: string;
  readonly key: string;
}

interface PairingView {
  readonly state: string;
  readonly qr: string | null;
  readonly code: string | null;
  readonly attempt: number;
  readonly expiresAt: string | null;
  readonly failure: string | null;
}

interface DeviceView {
  readonly status: string;
  readonly statusLabel: string;
  readonly phoneNumber: string | null;
}

const CREATE = `mutation ($input: CreateDeviceInput!) { createDevice(input: $input) { device { id } token } }`;
const PAIR = `mutation ($input: PairDeviceInput!) { pairDevice(input: $input) { pairing { state } } }`;
const FOLLOW = `subscription ($deviceId: ID!) {
  devicePairing(deviceId: $deviceId) { state qr code attempt expiresAt failure } }`;
const DEVICE = `query ($id: ID!) { device(id: $id) { status statusLabel phoneNumber } }`;

/** `trunkline device pair`: from nothing to a connected number, in the terminal. */
export async function pairDevice(deviceId: string | undefined, options: PairOptions): Promise<void> {
  await using client = new GraphqlClient(graphqlUrl(options.url), options.key);
  const id = deviceId ?? (await createDevice(client, options));
  const method = options.phone === undefined ? 'QR' : 'PHONE_CODE';
  await client.request(PAIR, { input: { deviceId: id, method, phoneNumber: options.phone } });
  process.stdout.write('Waiting for WhatsApp…\n');
  for await (const { devicePairing } of client.subscribe<{ devicePairing: PairingView }>(FOLLOW, {
    deviceId: id,
  })) {
    await show(devicePairing);
    if (devicePairing.state === 'SUCCEEDED') {
      await waitUntilConnected(client, id);
      return;
    }
    if (['EXPIRED', 'FAILED', 'CANCELED'].includes(devicePairing.state)) {
      throw new CliError(
        `The pairing ended ${devicePairing.state}${devicePairing.failure === null ? '' : `: ${devicePairing.failure}`}`,
      );
    }
  }
  throw new CliError('The server ended the subscription before the pairing was over; run the command again.');
}

async function createDevice(client: GraphqlClient, options: PairOptions): Promise<string> {
  if (options.subaccount === undefined) {
    throw new CliError('Name a device (dev_…), or a subaccount with --subaccount to create one in.');
  }
  const { createDevice: created } = await client.request<{
    createDevice: { device: { id: string }; token: string };
  }>(CREATE, {
    input: { subaccountId: options.subaccount, label: options.label },
  });
  process.stdout.write(`Created ${created.device.id}\nIts API token, shown this once: ${created.token}\n`);
  return created.device.id;
}

async function show(pairing: PairingView): Promise<void> {
  if (pairing.qr !== null) {
    const picture = await QRCode.toString(pairing.qr, { type: 'terminal', small: true });
    process.stdout.write(
      `\n${picture}\nOn the phone: WhatsApp → Linked devices → Link a device. Code ${pairing.attempt}, `,
    );
    process.stdout.write(`valid until ${pairing.expiresAt ?? 'replaced'}; a new one appears by itself.\n`);
  }
  if (pairing.code !== null) {
    process.stdout.write(
      `\nOn the phone: WhatsApp → Linked devices → Link with phone number. Type ${pairing.code}\n`,
    );
  }
}

async function waitUntilConnected(client: GraphqlClient, id: string): Promise<void> {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    const { device } = await client.request<{ device: DeviceView }>(DEVICE, { id });
    if (device.status === 'CONNECTED') {
      process.stdout.write(`Connected: ${device.phoneNumber ?? id}\n`);
      return;
    }
    if (!['CONNECTING', 'PAIRING', 'OFFLINE'].includes(device.status))
      throw new CliError(`${device.status}: ${device.statusLabel}`);
    await sleep(500);
  }
  throw new CliError(
    'The phone is linked, but the device did not connect within 30 s; see `trunkline doctor`.',
  );
}
