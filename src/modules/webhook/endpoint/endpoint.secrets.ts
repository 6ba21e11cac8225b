import { randomBytes } from 'node:crypto';
import { DataKey } from '../../../platform/crypto/data-key.js';
import type { MasterKey } from '../../../platform/crypto/master-key.js';
import type { WebhookEndpoint } from './endpoint.entity.js';

const SECRET_BYTES = 32;
/** How Standard Webhooks marks its secrets. */
const PREFIX = 'whsec_';

type Sealed = Pick<
  WebhookEndpoint,
  'id' | 'wrappedKey' | 'secret' | 'previousSecret' | 'previousSecretUntil'
>;

const placeOf = (endpointId: string): string => `webhook_endpoint:${endpointId}`;

/** Secrets of endpoints: shown once, stored sealed with a key of the endpoint's own. */
export class EndpointSecrets {
  readonly #masterKey: MasterKey;

  constructor(masterKey: MasterKey) {
    this.#masterKey = masterKey;
  }

  random(): string {
    return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
  }

  /** Always the same for an endpoint: every repetition of an idempotent create shows one secret. */
  derived(endpointId: string): string {
    return `${PREFIX}${this.#masterKey.derive(`webhook secret ${endpointId}`).toString('base64')}`;
  }

  /** The first secret of an endpoint. */
  give(endpoint: WebhookEndpoint, secret: string): void {
    const key = DataKey.generate();
    const place = placeOf(endpoint.id);
    endpoint.wrappedKey = this.#masterKey.wrap(key, place);
    endpoint.secret = key.seal(Buffer.from(secret), place);
  }

  /** The one of before stays good until then. */
  replace(endpoint: WebhookEndpoint, secret: string, previousUntil: Date): void {
    const key = this.#masterKey.unwrap(endpoint.wrappedKey, placeOf(endpoint.id));
    endpoint.previousSecret = endpoint.secret;
    endpoint.previousSecretUntil = previousUntil;
    endpoint.secret = key.seal(Buffer.from(secret), placeOf(endpoint.id));
  }

  /** What signs at this moment, the newest first. */
  live(endpoint: Sealed, now: Date): readonly [string, ...string[]] {
    const place = placeOf(endpoint.id);
    const key = this.#masterKey.unwrap(endpoint.wrappedKey, place);
    const open = (sealed: Uint8Array): string => key.open(sealed, place).toString();
    const { previousSecret, previousSecretUntil } = endpoint;
    const hasPrevious = previousSecret != null && previousSecretUntil != null && previousSecretUntil > now;
    return [open(endpoint.secret), ...(hasPrevious ? [open(previousSecret)] : [])];
  }
}
