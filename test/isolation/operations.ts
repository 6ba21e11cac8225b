import {
  getNamedType,
  isInputObjectType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
} from 'graphql';
import type {
  GraphQLField,
  GraphQLInputType,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLSchema,
} from 'graphql';

type Field = GraphQLField<unknown, unknown>;

/** `Query.device` → the field. */
export function rootFields(schema: GraphQLSchema): ReadonlyMap<string, Field> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return new Map(
    roots.flatMap((root) =>
      Object.values(root?.getFields() ?? {}).map((field): [string, Field] => [
        `${root?.name ?? ''}.${field.name}`,
        field,
      ]),
    ),
  );
}

/** `Subaccount.messages`: every field of an object type that takes an id somewhere in its arguments. */
export function fieldsThatTakeIds(schema: GraphQLSchema): string[] {
  const roots: unknown[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && !roots.includes(type))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => field.args.some((arg) => takesId(arg.type, new Set())))
        .map((field) => `${type.name}.${field.name}`),
    );
}

function takesId(type: GraphQLInputType, seen: Set<string>): boolean {
  const named = getNamedType(type);
  if (named.name === 'ID' || named.name === 'EventCursor') return true;
  if (!isInputObjectType(named) || seen.has(named.name)) return false;
  seen.add(named.name);
  return Object.values(named.getFields()).some((field) => takesId(field.type, seen));
}

/** The operation that asks a root field for all that it says at once. */
export function operationOf(name: string, field: Field): string {
  const [root = ''] = name.split('.');
  return `${root.toLowerCase()} Walk${variablesOf(field)} { ${callOf(field)} }`;
}

/** The operation that asks a field of the caller's own object. */
export function nestedOperationOf(typeName: string, field: Field): string {
  const variables = variablesOf(field).replace('(', '($parent: ID!, ');
  return `query Walk${variables} { node(id: $parent) { ... on ${typeName} { ${callOf(field)} } } }`;
}

/** A field of an object with the simplest arguments that it takes. */
export function fieldOf(field: Field): string {
  const values: Readonly<Record<string, string>> = {
    'LocalDate!': '"2026-01-01"',
    'UsageFilter!': '{ from: "2026-01-01", to: "2026-01-31" }',
  };
  const args = field.args.filter(isRequiredArgument).map(({ name, type }) => {
    const value = values[String(type)];
    if (value === undefined) throw new Error(`no value is known for ${String(type)}`);
    return `${name}: ${value}`;
  });
  return `${field.name}${args.length === 0 ? '' : `(${args.join(', ')})`} ${selectionOf(field.type, 1)}`;
}

function variablesOf({ args }: Field): string {
  return args.length === 0 ? '' : `(${args.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')})`;
}

function callOf(field: Field): string {
  const args = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
  return `${field.name}${args === '' ? '' : `(${args})`} ${selectionOf(field.type, 2)}`;
}

/** All leaves of a type, and of what it holds, `depth` levels deep. */
function selectionOf(type: GraphQLOutputType, depth: number): string {
  const named = getNamedType(type);
  if (isLeafType(named)) return '';
  if (isUnionType(named)) return '{ __typename }';
  const fields = Object.values(named.getFields())
    .filter((field) => !field.args.some(isRequiredArgument))
    .filter((field) => isLeafType(getNamedType(field.type)) || depth > 0)
    .map((field) => `${field.name} ${selectionOf(field.type, depth - 1)}`);
  return `{ __typename ${fields.join(' ')} }`;
}
