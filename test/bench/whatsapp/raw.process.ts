import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../child-process.js';
import { closedLoop, percentiles } from '../latency.js';
import { RawDevice, type RawCredentials } from './raw-device.js';

export interface RawSetUp {
  readonly url: string;
  readonly controlUrl: string;
  readonly recipients: readonly string[];
}

export type RawRequest =
  | { readonly kind: 'pair'; readonly numbers: readonly string[] }
  /** Each device to each recipient, so that all Signal sessions stand. */
  | { readonly kind: 'once-each' }
  /** Closed loop: so many messages in flight, spread evenly over the devices. */
  | { readonly kind: 'send'; readonly seconds: number; readonly inFlight: number }
  | { readonly kind: 'idle-sends'; readonly seconds: number; readonly everyMs: number }
  /** Resolves with the time at which so many texts that start like this had come. */
  | { readonly kind: 'receive'; readonly count: number; readonly text: string }
  | { readonly kind: 'export' }
  | { readonly kind: 'login'; readonly credentials: readonly RawCredentials[] };

const PAIRINGS_AT_ONCE = 8;
const LOGINS_AT_ONCE = 10;
const TEXT = 'Your order has left our shop and will be with you tomorrow between 9 and 11.';

console.info = () => undefined;
console.warn = () => undefined;
// A socket that is ended while the library still prepares an answer rejects somewhere inside.
process.on('unhandledRejection', () => undefined);

/** The bare library, one process, key store in memory: what sending and receiving cost without anything durable. */
serve(async ({ url, controlUrl, recipients }: RawSetUp) => {
  const devices: RawDevice[] = [];
  const recipient = (number: number): string => recipients[number % recipients.length] ?? '';
  const handlers = {
    pair: async ({ numbers }: Extract<RawRequest, { kind: 'pair' }>) =>
      inParallel(numbers, PAIRINGS_AT_ONCE, async (number) => {
        const device = new RawDevice(url);
        await device.pair(controlUrl, number);
        devices.push(device);
      }),
    'once-each': () =>
      inParallel(devices, devices.length, async (device) => {
        for (const to of recipients) await device.send(to, TEXT);
      }),
    send: ({ seconds, inFlight }: Extract<RawRequest, { kind: 'send' }>) => {
      let number = 0;
      return closedLoop({ workers: inFlight, seconds }, async (worker) => {
        await devices[worker % devices.length]?.send(recipient((number += 1)), TEXT);
      });
    },
    'idle-sends': async ({ seconds, everyMs }: Extract<RawRequest, { kind: 'idle-sends' }>) => {
      const latencies = createHistogram();
      const count = Math.max(1, Math.round((seconds * 1_000) / everyMs));
      for (let number = 0; number < count; number += 1) {
        const from = performance.now();
        await devices[number % devices.length]?.send(recipient(number), TEXT);
        latencies.record(Math.max(1, Math.round((performance.now() - from) * 1_000)));
        await sleep(everyMs);
      }
      return { count, total: count, seconds, ...percentiles(latencies) };
    },
    receive: async ({ count, text }: Extract<RawRequest, { kind: 'receive' }>) => {
      let left = count;
      await new Promise<void>((resolve) => {
        for (const device of devices) {
          device.onText = (received) => {
            if (received.startsWith(text) && (left -= 1) === 0) resolve();
          };
        }
      });
      return Date.now();
    },
    export: () => devices.map((device) => device.credentials()),
    login: async ({ credentials }: Extract<RawRequest, { kind: 'login' }>) =>
      inParallel(credentials, LOGINS_AT_ONCE, async (each) => {
        const device = new RawDevice(url, each);
        await device.logIn();
        devices.push(device);
      }),
  };
  return async (request: RawRequest) => handlers[request.kind](request as never);
});

async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<null> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return null;
}
