import type { DeviceStatus } from '../../modules/device/index.js';

export const WAPIZ_STATUSES = ['logged_in', 'connected', 'disconnected'] as const;

interface WapizStatus {
  readonly connected: boolean;
  readonly loggedIn: boolean;
  readonly status: (typeof WAPIZ_STATUSES)[number];
}

const LOGGED_IN: WapizStatus = { connected: true, loggedIn: true, status: 'logged_in' };
const CONNECTED: WapizStatus = { connected: true, loggedIn: false, status: 'connected' };
const DISCONNECTED: WapizStatus = { connected: false, loggedIn: false, status: 'disconnected' };

/** How a device is, in WAPIZ's words. */
export const WAPIZ_STATUS: Readonly<Record<DeviceStatus, WapizStatus>> = {
  CONNECTED: LOGGED_IN,
  CONNECTING: CONNECTED,
  PAIRING: CONNECTED,
  OFFLINE: DISCONNECTED,
  NOT_PAIRED: DISCONNECTED,
  PAIRING_EXPIRED: DISCONNECTED,
  LOGGED_OUT: DISCONNECTED,
  REJECTED: DISCONNECTED,
  REPLACED: DISCONNECTED,
  BANNED: DISCONNECTED,
  SUSPENDED: DISCONNECTED,
};
