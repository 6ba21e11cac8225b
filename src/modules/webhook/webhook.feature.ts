import type { EntityManager } from '@mikro-orm/postgresql';

/** Whose package includes webhooks. */
export interface WebhookFeature {
  /** Those of these devices that may have webhooks now, inside the caller's transaction. */
  among(em: EntityManager, deviceIds: readonly string[]): Promise<ReadonlySet<string>>;
}
