import { StoredPlace } from '../../../platform/events/stored-place.js';

/** Where the reader of webhooks is in each stream. */
export const WEBHOOK_PLACE = new StoredPlace('webhook');
