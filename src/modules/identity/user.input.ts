import { z } from 'zod';

const MIN_PASSWORD_LENGTH = 12;
const MIN_SIGN_UP_PASSWORD_LENGTH = 8;
const MAX_PASSWORD_LENGTH = 1024;
/** RFC 5321 leaves no room for more. */
const MAX_EMAIL_LENGTH = 254;

export const emailText = z
  .string()
  .trim()
  .max(MAX_EMAIL_LENGTH, `must have at most ${MAX_EMAIL_LENGTH} characters`)
  .pipe(z.email('must be an e-mail address'));

/** Long rather than complicated, and short enough to hash. */
export const newPasswordText = z
  .string()
  .min(MIN_PASSWORD_LENGTH, `must have at least ${MIN_PASSWORD_LENGTH} characters`)
  .max(MAX_PASSWORD_LENGTH, `must have at most ${MAX_PASSWORD_LENGTH} characters`);

/** What people who sign up by themselves are asked for: the door that lets them promises no more than that. */
export const signUpPasswordText = z
  .string()
  .min(MIN_SIGN_UP_PASSWORD_LENGTH, `must have at least ${MIN_SIGN_UP_PASSWORD_LENGTH} characters`)
  .max(MAX_PASSWORD_LENGTH, `must have at most ${MAX_PASSWORD_LENGTH} characters`);

export const givenPasswordText = z
  .string()
  .max(MAX_PASSWORD_LENGTH, `must have at most ${MAX_PASSWORD_LENGTH} characters`);
