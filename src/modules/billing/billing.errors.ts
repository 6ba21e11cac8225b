import { defineErrors } from '../../kernel/errors.js';

export const billingErrors = defineErrors({
  DEVICE_LIMIT_EXCEEDED: {
    kind: 'FORBIDDEN',
    message: 'The plan of this subaccount allows no more devices; delete one or choose a larger plan.',
  },
  PLAN_FEATURE_MISSING: {
    kind: 'FORBIDDEN',
    message: 'The plan of this subaccount does not include this feature.',
  },
  PACKAGE_FEATURE_MISSING: {
    kind: 'FORBIDDEN',
    message: 'The package of this device does not include this feature.',
  },
  PACKAGE_NOT_SELECTABLE: {
    kind: 'FORBIDDEN',
    message: 'Only the agency gives this package to a device.',
  },
  PLAN_ARCHIVED: { kind: 'INVALID_STATE', message: 'This plan is archived; choose another one.' },
  PACKAGE_ARCHIVED: { kind: 'INVALID_STATE', message: 'This package is archived; choose another one.' },
  DEFAULT_NOT_ARCHIVABLE: {
    kind: 'INVALID_STATE',
    message: 'This is the default; make another one the default first.',
  },
  CODE_TAKEN: { kind: 'CONFLICT', message: 'The agency uses this code already.' },
  QUOTA_EXHAUSTED: {
    kind: 'QUOTA_EXCEEDED',
    message: 'The device has no messages left; wait for the next month or redeem a voucher.',
  },
  USAGE_LINK_EXPIRED: {
    kind: 'NOT_FOUND',
    httpStatus: 410,
    message: 'This link has expired; ask the API for a new one.',
  },
  VOUCHER_UNKNOWN: { kind: 'NOT_FOUND', message: 'There is no voucher with this code.' },
  VOUCHER_REVOKED: { kind: 'INVALID_STATE', message: 'This voucher was revoked.' },
  VOUCHER_EXPIRED: { kind: 'INVALID_STATE', message: 'This voucher can no longer be redeemed.' },
  VOUCHER_USED_UP: { kind: 'INVALID_STATE', message: 'This voucher has no uses left.' },
  VOUCHER_ALREADY_REDEEMED: {
    kind: 'CONFLICT',
    message: 'This device has redeemed this voucher already; each device can once.',
  },
});
