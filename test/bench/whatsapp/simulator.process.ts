import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { ControlServer, Simulator } from '../../../src/simulator/index.js';
import type { LinkedDevice, Phone } from '../../../src/simulator/index.js';
import { serve } from '../child-process.js';

export interface SimulatorFacts {
  readonly url: string;
  readonly controlUrl: string;
  readonly mediaHost: string;
  /** Of the feed of acks. */
  readonly ackPort: number;
}

/** A pair of numbers: who writes to whom. */
export interface Lane {
  readonly from: string;
  readonly to: string;
}

export type SimulatorRequest =
  | { readonly kind: 'phones'; readonly count: number; readonly name: string }
  /** Encrypts messages of phones and holds them back. */
  | { readonly kind: 'load'; readonly lanes: readonly Lane[]; readonly count: number; readonly text: string }
  /** Lets go of what is held back, all at once; answers when (milliseconds since the epoch). */
  | { readonly kind: 'release' }
  | { readonly kind: 'sent' }
  /** How many of these numbers have a linked device that is connected. */
  | { readonly kind: 'connected'; readonly numbers: readonly string[] }
  | { readonly kind: 'faults' }
  | { readonly kind: 'forget' };

export interface SentFacts {
  readonly acked: number;
  /** Milliseconds since the epoch. */
  readonly firstAckAt: number;
  readonly lastAckAt: number;
}

export interface WitnessFacts {
  readonly reusedKeys: number;
  /** Copies that a phone could not read. */
  readonly undecryptable: number;
}

const FEED_MS = 2;

// libsignal prints whole sessions through the console.
console.info = () => undefined;
console.warn = () => undefined;

/** The loopback WhatsApp in a process of its own, the same one for both sides. */
serve(async () => {
  const simulator = await Simulator.start({ receipts: { deliveredAfterMs: 300, readAfterMs: null } });
  const control = await ControlServer.start(simulator);
  const ackPort = await serveAcks(simulator);
  const held: LinkedDevice[] = [];
  const handlers = {
    facts: (): SimulatorFacts => ({
      url: simulator.url,
      controlUrl: control.url,
      mediaHost: simulator.mediaHost,
      ackPort,
    }),
    phones: ({ count, name }: Extract<SimulatorRequest, { kind: 'phones' }>) =>
      Array.from({ length: count }, (_, index) => simulator.createPhone({ name: `${name} ${index}` }).number),
    load: async ({ lanes, count, text }: Extract<SimulatorRequest, { kind: 'load' }>) => {
      held.push(...hold(simulator, lanes));
      for (let number = 0; number < count; number += 1) {
        const lane = lanes[number % lanes.length];
        if (lane !== undefined) await phone(simulator, lane.from).sendText(lane.to, `${text} ${number}`);
      }
    },
    release: () => {
      const at = Date.now();
      release(held.splice(0));
      return at;
    },
    sent: () => sentFacts(simulator),
    connected: ({ numbers }: Extract<SimulatorRequest, { kind: 'connected' }>) =>
      numbers.filter((number) => phone(simulator, number).devices.some((device) => device.caughtUp)).length,
    faults: (): WitnessFacts => ({
      reusedKeys: simulator.ledger.reusedKeys().length,
      undecryptable: simulator.ledger
        .attempts()
        .flatMap(({ encs }) => encs)
        .filter(({ decrypted }) => decrypted === false).length,
    }),
    forget: () => {
      simulator.ledger.forget();
      return null;
    },
  };
  return async (request: SimulatorRequest | { readonly kind: 'facts' }) =>
    handlers[request.kind](request as never);
});

function phone(simulator: Simulator, number: string): Phone {
  const found = simulator.phone(number);
  if (found === undefined) throw new Error('there is no such phone');
  return found;
}

/** What is written to these devices from now on waits in their queues. */
function hold(simulator: Simulator, lanes: readonly Lane[]): LinkedDevice[] {
  const devices = new Set(lanes.flatMap(({ to }) => phone(simulator, to).devices));
  for (const device of devices) device.caughtUp = false;
  return [...devices];
}

/** One stanza of each device in turn, as live traffic of many numbers comes. */
function release(devices: readonly LinkedDevice[]): void {
  const waiting = devices.map((device) => ({ device, stanzas: device.queue.offlineCopies() }));
  for (let turn = 0; waiting.some(({ stanzas }) => turn < stanzas.length); turn += 1) {
    for (const { device, stanzas } of waiting) {
      const stanza = stanzas[turn];
      if (stanza === undefined) continue;
      const attrs = Object.entries(stanza.attrs).filter(([name]) => name !== 'offline');
      device.link?.send({ ...stanza, attrs: Object.fromEntries(attrs) });
    }
  }
  for (const device of devices) device.caughtUp = true;
}

function sentFacts(simulator: Simulator): SentFacts {
  const times = simulator.ledger.sent().flatMap(({ ackedAt }) => ackedAt ?? []);
  return {
    acked: times.length,
    firstAckAt: times.reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY),
    lastAckAt: times.reduce((last, time) => Math.max(last, time), 0),
  };
}

/** Each client is told how many messages were acked so far, one number a line, whenever there are more. */
async function serveAcks(simulator: Simulator): Promise<number> {
  const clients = new Set<Socket>();
  let acked = 0;
  let told = 0;
  let looked = 0;
  const open = new Set<{ readonly ackedAt?: number }>();
  setInterval(() => {
    const entries = simulator.ledger.entries();
    if (looked > entries.length) looked = 0;
    for (; looked < entries.length; looked += 1) {
      const entry = entries[looked];
      if (entry?.direction === 'in' && entry.tag === 'message') open.add(entry);
    }
    for (const entry of open) {
      if (entry.ackedAt === undefined) continue;
      open.delete(entry);
      acked += 1;
    }
    if (acked > told) for (const client of clients) client.write(`${acked}\n`);
    told = acked;
  }, FEED_MS);
  const server = createServer((client) => {
    client.setNoDelay(true);
    client.on('error', () => undefined).on('close', () => clients.delete(client));
    clients.add(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the feed has no port');
  return address.port;
}
