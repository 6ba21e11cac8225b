import type { EventEmitter } from 'node:events';

/**
 * The library listens to its socket with async functions whose rejections nobody handles: a frame that does not decrypt or a
 * reply on a socket that has just died would end the process. This emitter, and no other, hands what its listeners throw or
 * reject with to `onFailed` instead.
 */
export function containListeners(
  emitter: EventEmitter,
  onFailed: (event: string | symbol, error: unknown) => void,
): void {
  const call = async (
    event: string | symbol,
    listener: (...values: never[]) => unknown,
    values: unknown[],
  ): Promise<void> => {
    try {
      await Reflect.apply(listener, emitter, values);
    } catch (error) {
      onFailed(event, error);
    }
  };
  const emit = (event: string | symbol, ...values: unknown[]): boolean => {
    // Raw, so that a `once` wrapper still removes itself; a copy, so that a listener may remove others.
    const listeners = emitter.rawListeners(event);
    for (const listener of listeners) void call(event, listener as (...values: never[]) => unknown, values);
    return listeners.length > 0;
  };
  Object.defineProperty(emitter, 'emit', { value: emit });
}
