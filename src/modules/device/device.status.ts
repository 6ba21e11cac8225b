/** What the pairing says: the number's bond with this device. */
export const LINKS = [
  'UNPAIRED',
  'PAIRING',
  'PAIRED',
  'PAIRING_EXPIRED',
  'LOGGED_OUT',
  'REPLACED',
  'REJECTED',
  'BANNED',
] as const;
export type Link = (typeof LINKS)[number];

/** What the socket says, as its owner last wrote it. BACKOFF: the owner tries again at `wakeAt`. */
export const CONNECTIONS = ['CLOSED', 'OPENING', 'OPEN', 'BACKOFF'] as const;
export type Connection = (typeof CONNECTIONS)[number];

export const DEVICE_STATUSES = [
  'NOT_PAIRED',
  'PAIRING',
  'PAIRING_EXPIRED',
  'CONNECTING',
  'CONNECTED',
  'OFFLINE',
  'LOGGED_OUT',
  'REPLACED',
  'REJECTED',
  'BANNED',
  'SUSPENDED',
] as const;
export type DeviceStatus = (typeof DEVICE_STATUSES)[number];

export interface StatusFacts {
  readonly link: Link;
  readonly connection: Connection;
  readonly suspended: boolean;
}

const BY_LINK: Readonly<Record<Exclude<Link, 'PAIRED'>, DeviceStatus>> = {
  UNPAIRED: 'NOT_PAIRED',
  PAIRING: 'PAIRING',
  PAIRING_EXPIRED: 'PAIRING_EXPIRED',
  LOGGED_OUT: 'LOGGED_OUT',
  REPLACED: 'REPLACED',
  REJECTED: 'REJECTED',
  BANNED: 'BANNED',
};

const BY_CONNECTION: Readonly<Record<Connection, DeviceStatus>> = {
  CLOSED: 'OFFLINE',
  OPENING: 'CONNECTING',
  OPEN: 'CONNECTED',
  BACKOFF: 'OFFLINE',
};

/** Whether a device works or needs somebody: its status in four words. */
export type DeviceHealth = 'CONNECTED' | 'OFFLINE' | 'PENDING_CONNECTION' | 'REQUIRES_ATTENTION';

export const HEALTH_OF_STATUS: Readonly<Record<DeviceStatus, DeviceHealth>> = {
  CONNECTED: 'CONNECTED',
  CONNECTING: 'OFFLINE',
  OFFLINE: 'OFFLINE',
  NOT_PAIRED: 'PENDING_CONNECTION',
  PAIRING: 'PENDING_CONNECTION',
  PAIRING_EXPIRED: 'REQUIRES_ATTENTION',
  LOGGED_OUT: 'REQUIRES_ATTENTION',
  REJECTED: 'REQUIRES_ATTENTION',
  REPLACED: 'REQUIRES_ATTENTION',
  BANNED: 'REQUIRES_ATTENTION',
  SUSPENDED: 'REQUIRES_ATTENTION',
};

/** The one answer to "how is this device?": an administrator's word first, then the link, then the socket. */
export function deviceStatus(facts: StatusFacts): DeviceStatus {
  if (facts.suspended) return 'SUSPENDED';
  return facts.link === 'PAIRED' ? BY_CONNECTION[facts.connection] : BY_LINK[facts.link];
}
