import { setTimeout as delay } from 'node:timers/promises';
import type { SeededDevice } from '../../support/seeded-device.js';

const RETRY_MS = 100;

/** A careful caller: the same request under the same key until the API accepts it. Resolves with the message's id. */
export async function insistOnSending(
  device: SeededDevice,
  input: { readonly to: string; readonly text: string },
  signal: AbortSignal,
): Promise<string> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return (await device.send({ ...input, idempotencyKey: input.text })).id;
    } catch (error) {
      const isRetryable = error instanceof Error && error.message.includes('"retryable":true');
      if (!isRetryable) throw error;
      await delay(RETRY_MS);
    }
  }
}
