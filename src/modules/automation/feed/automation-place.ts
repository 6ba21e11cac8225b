import { StoredPlace } from '../../../platform/events/stored-place.js';

/** Where the reader of automation is in each stream. */
export const AUTOMATION_PLACE = new StoredPlace('automation');
