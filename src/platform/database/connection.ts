/** How to reach a PostgreSQL database as one role. `host` is a name, an address, or the folder of a Unix socket. */
export interface DatabaseConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly dbName: string;
  readonly ssl?: boolean | { readonly rejectUnauthorized: boolean };
}
