import { connect } from 'node:net';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { serve } from '../child-process.js';
import { percentiles } from '../latency.js';
import type { Round } from '../latency.js';

export interface SendLoadSetUp {
  /** The GraphQL endpoint. */
  readonly url: string;
  readonly apiKey: string;
  readonly ackPort: number;
  readonly deviceIds: readonly string[];
  readonly recipients: readonly string[];
}

export interface ToAckRound {
  /** Acked in time. */
  readonly count: number;
  /** With those that were acked after it. */
  readonly begun: number;
  readonly seconds: number;
}

export type SendLoadRequest =
  /** So many messages of each device, as fast as they are accepted. */
  | { readonly kind: 'backlog'; readonly each: number }
  /** For so long, with so many messages between their mutation and WhatsApp's ack. */
  | { readonly kind: 'to-ack'; readonly inFlight: number; readonly seconds: number }
  /** One message after another, with pauses. */
  | { readonly kind: 'idle'; readonly seconds: number; readonly everyMs: number }
  | { readonly kind: 'pacing'; readonly policy: object };

const SEND_MESSAGE = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message { id } } }`;
const UPDATE_DEVICE = `mutation ($input: UpdateDeviceInput!) { updateDevice(input: $input) { device { id } } }`;
const TEXT = 'Your order has left our shop and will be with you tomorrow between 9 and 11.';
const ACCEPTS_AT_ONCE = 20;
const ACK_LIMIT_MS = 60_000;

/** A caller of the API who is told by the loopback WhatsApp how many messages have been acked. */
serve(async ({ url, apiKey, ackPort, deviceIds, recipients }: SendLoadSetUp) => {
  const { origin, pathname: path } = new URL(url);
  const pool = new Pool(origin, { connections: 100, pipelining: 1 });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` };
  const acks = await AckCount.follow(ackPort);
  let sent = 0;

  const call = async (query: string, input: object): Promise<void> => {
    const body = JSON.stringify({ query, variables: { input } });
    const response = await pool.request({ path, method: 'POST', headers, body });
    const answer = (await response.body.json()) as { data?: object | null; errors?: unknown };
    if (answer.errors !== undefined) throw new Error(`refused: ${JSON.stringify(answer)}`);
  };
  const send = (number: number): Promise<void> =>
    call(SEND_MESSAGE, {
      deviceId: deviceIds[number % deviceIds.length],
      to: recipients[Math.floor(number / deviceIds.length) % recipients.length],
      text: TEXT,
    });

  return async (request: SendLoadRequest): Promise<unknown> => {
    switch (request.kind) {
      case 'pacing':
        for (const deviceId of deviceIds) await call(UPDATE_DEVICE, { deviceId, sendPolicy: request.policy });
        return null;
      case 'backlog':
        return inParallel(ACCEPTS_AT_ONCE, request.each * deviceIds.length, send);
      case 'idle':
        return idle(request, acks, () => send((sent += 1)));
      case 'to-ack':
        return toAck(request, acks, () => send((sent += 1)));
    }
  };
});

async function inParallel(
  atOnce: number,
  count: number,
  work: (number: number) => Promise<void>,
): Promise<null> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return null;
}

/** Any ack makes room for the next message. */
async function toAck(
  { inFlight, seconds }: { readonly inFlight: number; readonly seconds: number },
  acks: AckCount,
  send: () => Promise<void>,
): Promise<ToAckRound> {
  const from = acks.count;
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1_000;
  let begun = 0;
  const failures: unknown[] = [];
  while (performance.now() < endsAt && failures.length === 0) {
    while (begun - (acks.count - from) < inFlight) {
      begun += 1;
      send().catch((error: unknown) => failures.push(error));
    }
    await acks.more();
  }
  const count = acks.count - from;
  const measured = (performance.now() - startedAt) / 1_000;
  if (failures.length > 0) throw failures[0];
  await acks.reached(from + begun);
  return { count, begun, seconds: measured };
}

async function idle(
  { seconds, everyMs }: { readonly seconds: number; readonly everyMs: number },
  acks: AckCount,
  send: () => Promise<void>,
): Promise<Round> {
  const latencies = createHistogram();
  const count = Math.max(1, Math.round((seconds * 1_000) / everyMs));
  for (let number = 0; number < count; number += 1) {
    const wanted = acks.count + 1;
    const from = performance.now();
    await Promise.all([send(), acks.reached(wanted)]);
    latencies.record(Math.max(1, Math.round((acks.changedAt - from) * 1_000)));
    await sleep(everyMs);
  }
  return { count, total: count, seconds, ...percentiles(latencies) };
}

/** How many messages WhatsApp has acked so far. */
class AckCount {
  count = 0;
  changedAt = 0;
  #waiting: (() => void)[] = [];

  static async follow(port: number): Promise<AckCount> {
    const acks = new AckCount();
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    createInterface({ input: socket }).on('line', (line) => {
      acks.count = Number(line);
      acks.changedAt = performance.now();
      for (const wake of acks.#waiting.splice(0)) wake();
    });
    return acks;
  }

  /** Resolves when the count has grown. */
  more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async reached(count: number): Promise<void> {
    const signal = AbortSignal.timeout(ACK_LIMIT_MS);
    while (this.count < count) {
      await Promise.race([this.more(), once(signal, 'abort')]);
      if (signal.aborted) throw new Error(`${count - this.count} messages were not acked in time`);
    }
  }
}
