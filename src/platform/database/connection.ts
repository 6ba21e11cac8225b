/** How to reach a PostgreSQL database as one role. `host` is a name, an address, or the folder of a Unix socket. */
export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly dbName: string;
  readonly ssl?: boolean | { readonly rejectUnauthorized: boolean };
}

const DEFAULT_PORT = 5432;

/** A database URL lacks something; the message names the variable and never repeats the URL. */
export class DatabaseUrlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DatabaseUrlError';
  }
}

/**
 * Parses `postgres://user:password@host:port/database?sslmode=…`; `?host=/folder` names a Unix socket.
 * Throws {@link DatabaseUrlError}.
 */
export function parseDatabaseUrl(url: string, name = 'DATABASE_URL'): DatabaseConnection {
  const parsed = parseUrl(url);
  if (parsed === null)
    throw new DatabaseUrlError(`${name} must look like postgres://user:password@host:5432/database`);
  const host = parsed.searchParams.get('host') ?? decodeURIComponent(parsed.hostname).replace(/^\[|\]$/g, '');
  const user = decodeURIComponent(parsed.username);
  const dbName = decodeURIComponent(parsed.pathname.slice(1));
  const missing = Object.entries({ host, user, database: dbName }).find(([, value]) => value === '');
  if (missing !== undefined) throw new DatabaseUrlError(`${name} names no ${missing[0]}`);
  const ssl = parseSslMode(parsed.searchParams.get('sslmode'), name);
  return {
    host,
    port: Number(parsed.searchParams.get('port') ?? parsed.port) || DEFAULT_PORT,
    user,
    password: decodeURIComponent(parsed.password),
    dbName,
    ...(ssl !== undefined && { ssl }),
  };
}

/** The URL standard knows no URL without a host, PostgreSQL does: `postgres://user@/database?host=/folder`. */
function parseUrl(url: string): URL | null {
  const match = /^postgres(?:ql)?:\/\/(.*)$/s.exec(url.trim());
  if (match?.[1] === undefined) return null;
  const parsed = URL.parse(`http://${match[1].replace(/^([^/@]*@)?(?=\/)/, '$1socket.invalid')}`);
  if (parsed?.hostname === 'socket.invalid' && !parsed.searchParams.has('host')) return null;
  if (parsed !== null && parsed.port === '' && /:80(?:\/|$)/.test(url)) parsed.searchParams.set('port', '80');
  return parsed;
}

function parseSslMode(mode: string | null, name: string): DatabaseConnection['ssl'] {
  switch (mode) {
    case null:
      return undefined;
    case 'disable':
      return false;
    case 'require':
    case 'no-verify':
      return { rejectUnauthorized: false };
    case 'verify-ca':
    case 'verify-full':
      return { rejectUnauthorized: true };
    default:
      throw new DatabaseUrlError(`${name} has an sslmode that is none of disable, require, verify-full`);
  }
}

/** The same for the `pg` driver, which calls the database name differently. */
export function toPgConfig(connection: DatabaseConnection): {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
  ssl: boolean | { rejectUnauthorized: boolean };
} {
  const { dbName, ssl, ...rest } = connection;
  return { ...rest, database: dbName, ssl: ssl ?? false };
}
