import { UnderscoreNamingStrategy } from '@mikro-orm/core';

const naming = new UnderscoreNamingStrategy();

/** All columns of an entity's table, for statements that are written out: prepared ones must name them. */
export function columnsOf(schema: { readonly properties: object }, alias: string): string {
  return Object.keys(schema.properties)
    .map((property) => `${alias}.${naming.propertyToColumnName(property)}`)
    .join(', ');
}
