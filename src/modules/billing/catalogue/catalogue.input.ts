import { z } from 'zod';
import type { Context } from '../../../kernel/context.js';
import { kernelErrors } from '../../../kernel/errors.js';

export function catalogueCode() {
  return z.string().regex(/^[A-Z0-9_]{1,40}$/, 'must be 1 to 40 capital letters, digits or _');
}

export function countUpTo(max: number, min = 0) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.number({ message }).int(message).min(min, message).max(max, message);
}

/** What is the agency's alone: throws ACTION_NOT_ALLOWED for callers that are confined to subaccounts. */
export function requireAgency(ctx: Context): string {
  const { agencyId } = ctx.requireScope();
  if (!ctx.isAgencyWide) throw kernelErrors.ACTION_NOT_ALLOWED();
  return agencyId;
}
