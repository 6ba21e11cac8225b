/** Something that is made when it is first awaited, and once. */
export class Lazy<T> implements PromiseLike<T> {
  readonly #make: () => Promise<T>;
  #made: Promise<T> | null = null;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#made ??= this.#make();
    return this.#made.then(fulfilled, rejected);
  }
}
