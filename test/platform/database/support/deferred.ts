export interface Deferred {
  readonly promise: Promise<void>;
  resolve(): void;
}

/** A promise that somebody else keeps. */
export function deferred(): Deferred {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}
