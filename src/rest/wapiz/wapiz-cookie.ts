import { stringifySetCookie } from 'cookie';

export const WAPIZ_COOKIE = 'wa_token';

const ATTRIBUTES = { name: WAPIZ_COOKIE, path: '/wapiz', httpOnly: true, sameSite: 'strict' } as const;

/** Out of reach of scripts, and sent by no page of another site. */
export function sessionCookie(token: string, expiresAt: Date, isSecure: boolean): string {
  return stringifySetCookie({ ...ATTRIBUTES, value: token, expires: expiresAt, secure: isSecure });
}

export function expiredCookie(isSecure: boolean): string {
  return stringifySetCookie({ ...ATTRIBUTES, value: '', maxAge: 0, secure: isSecure });
}
