import { defineErrors } from '../../kernel/errors.js';

export const deviceErrors = defineErrors({
  DEVICE_NOT_PAIRED: {
    kind: 'INVALID_STATE',
    message: 'No WhatsApp number is paired with this device; pair one first.',
  },
  DEVICE_ALREADY_PAIRED: {
    kind: 'INVALID_STATE',
    message: 'A WhatsApp number is paired with this device already; log it out first.',
  },
  SUBACCOUNT_SUSPENDED: {
    kind: 'INVALID_STATE',
    message: 'The subaccount is suspended; its agency resumes it.',
  },
  DEVICE_SUSPENDED: {
    kind: 'INVALID_STATE',
    message: 'This device is suspended; resume it first.',
  },
  DEVICE_NOT_SUSPENDED: {
    kind: 'INVALID_STATE',
    message: 'This device is not suspended.',
  },
  DEVICE_LOGGED_OUT: {
    kind: 'INVALID_STATE',
    message: 'This device was logged out; pair its number again.',
  },
  PAIRING_ALREADY_RUNNING: {
    kind: 'CONFLICT',
    message: 'A pairing of this device is running already; follow it or cancel it first.',
  },
  PAIRING_NOT_RUNNING: {
    kind: 'INVALID_STATE',
    message: 'No pairing of this device is running.',
  },
  QR_UNAVAILABLE: {
    kind: 'UNAVAILABLE',
    message: 'WhatsApp gave no QR code in time; try again.',
  },
});
