import { loadConfig } from '../config/config.js';
import { findOperatorKey } from '../platform/crypto/key-files.js';
import { GraphqlClient } from './graphql-client.js';
import { CliError } from './cli-error.js';

/** The endpoint to call: the one given, or the server that this configuration would start. */
export function graphqlUrl(given: string | undefined): string {
  if (given !== undefined) return given;
  const { host, port } = loadConfig(process.env).http;
  return `http://${reachableHost(host)}:${port}/graphql`;
}

/** A server that listens everywhere listens on loopback; an IPv6 address needs brackets in a URL. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/** A client that acts as the operator: with OPERATOR_KEY, or the key file of the data folder that the server made. */
export async function connectAsOperator(url: string | undefined): Promise<GraphqlClient> {
  const config = loadConfig(process.env);
  const key = await findOperatorKey(config);
  if (key !== null) return new GraphqlClient(graphqlUrl(url), key);
  throw new CliError(
    `There is no operator key in ${config.dataDir}: the server makes it on its first start. Run this in the same folder with the same DATA_DIR as the server, or set OPERATOR_KEY.`,
  );
}
