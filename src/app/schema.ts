import { printApiSchema as print } from '../graphql/schema.js';
import { RESOLVER_CLASSES } from './resolvers.js';

/** The text of `schema.graphql`. */
export function printApiSchema(): Promise<string> {
  return print(RESOLVER_CLASSES);
}
