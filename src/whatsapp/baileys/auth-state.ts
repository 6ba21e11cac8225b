import type { AuthenticationState, SignalKeyStore } from '@whiskeysockets/baileys';
import type { AuthCommit, AuthStore, LinkedIdentity, StoredCredentials } from '../ports.js';
import { AuthWriter } from './auth-writer.js';
import type { BoundedCache } from './bounded-cache.js';
import {
  identityOf,
  newCredentials,
  parseCredentials,
  serialiseCredentials,
  type Credentials,
} from './credentials.js';
import { KeyStore } from './key-store.js';
import { loginKeys } from './login-keys.js';

/** The library's authentication state of one device over the {@link AuthStore} port. */
export class AuthState {
  readonly store: AuthStore;
  readonly writer: AuthWriter;
  readonly keys: KeyStore;
  #credentials: Credentials;

  private constructor(
    store: AuthStore,
    stored: StoredCredentials | null,
    cache: BoundedCache,
    onFailed: (error: unknown) => void,
  ) {
    this.store = store;
    const bytes = stored?.credentials ?? null;
    this.#credentials = bytes === null ? newCredentials() : parseCredentials(bytes);
    const serialise = (): Uint8Array => serialiseCredentials(this.#credentials);
    const onCommitted = (commit: AuthCommit): void => this.keys.remember(commit.keys);
    this.writer = new AuthWriter(store, bytes, serialise, onCommitted, onFailed);
    this.keys = new KeyStore(store, this.writer, cache);
    if (stored !== null) this.keys.looked(loginKeys(this.#credentials.creds), stored.keys);
  }

  /** Loads what the store has, else starts unlinked. `onFailed` hears of the first refused write. */
  static async load(
    store: AuthStore,
    cache: BoundedCache,
    onFailed: (error: unknown) => void,
  ): Promise<AuthState> {
    const stored = await store.loadCredentials((bytes) => loginKeys(parseCredentials(bytes).creds));
    return new AuthState(store, stored, cache, onFailed);
  }

  /** What the library is given. It changes the credentials in place and says so by `creds.update`. */
  get library(): AuthenticationState & { readonly keys: SignalKeyStore } {
    return { creds: this.#credentials.creds, keys: this.keys.durable() };
  }

  get identity(): LinkedIdentity | null {
    return identityOf(this.#credentials.creds);
  }

  /** Whether the product has accepted this link. */
  get accepted(): boolean {
    return this.#credentials.accepted;
  }

  async accept(): Promise<void> {
    this.#credentials.accepted = true;
    await this.saveCredentials();
  }

  /** Until the phone has linked us there is nothing worth keeping, and so nothing to clean up after a crash. */
  credentialsChanged(): void {
    if (this.identity !== null) this.writer.enqueue({ credentials: true });
  }

  async saveCredentials(): Promise<void> {
    this.writer.enqueue({ credentials: true });
    await this.writer.flush();
  }
}
