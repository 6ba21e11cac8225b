import { loadConfig } from '../config/config.js';
import { resolveOperatorKey } from '../platform/crypto/key-files.js';
import { GraphqlClient } from './graphql-client.js';

/** The endpoint to call: the one given, or the server that this configuration would start. */
export function graphqlUrl(given: string | undefined): string {
  if (given !== undefined) return given;
  const { host, port } = loadConfig(process.env).http;
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}/graphql`;
}

/** A client that acts as the operator: with OPERATOR_KEY, or the key file of the data folder that the server made. */
export async function connectAsOperator(url: string | undefined): Promise<GraphqlClient> {
  const { key } = await resolveOperatorKey(loadConfig(process.env));
  return new GraphqlClient(graphqlUrl(url), key);
}
