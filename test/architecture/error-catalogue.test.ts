import { describe, expect, it } from 'vitest';
// Loading every resolver loads every module, and so declares every reason.
import { RESOLVER_CLASSES } from '../../src/app/resolvers.js';
import { ERROR_KINDS, errorCatalogue } from '../../src/kernel/errors.js';

describe('the catalogue of error reasons', () => {
  it('holds the reasons of the kernel and of every module', () => {
    expect(RESOLVER_CLASSES.length).toBeGreaterThan(20);
    const reasons = errorCatalogue().map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['INVALID_PHONE', 'EMAIL_TAKEN', 'DEVICE_NOT_PAIRED']));
  });

  it.each(errorCatalogue().map((entry) => [entry.reason, entry] as const))(
    '%s has a kind and a sentence',
    (reason, entry) => {
      expect(reason).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
      expect(Object.keys(ERROR_KINDS)).toContain(entry.kind);
      expect(entry.message).toMatch(/^[A-Z].{8,}\.$/s);
    },
  );
});
