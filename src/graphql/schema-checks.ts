import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import type { GraphQLNamedType, GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';
import { ROLE_ACTIONS, ROLES } from '../kernel/access.js';
import type { Action } from '../kernel/access.js';
import { ACCESS_EXTENSION, actionOf } from './kit/access.js';
import { Node } from './kit/node.js';

/** The schema is refused at the start rather than found open later. */
export class SchemaRefusedError extends Error {
  constructor(problems: readonly string[]) {
    super(`the schema is not fit to serve:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'SchemaRefusedError';
  }
}

export type ResolverClass = abstract new (...args: never[]) => object;

/**
 * Throws {@link SchemaRefusedError} unless every resolver method says who may call it, every object with a field that not all roles may read tells its
 * subaccount, and every element is described.
 */
export function checkSchema(schema: GraphQLSchema, resolverClasses: readonly ResolverClass[]): void {
  const problems = [
    ...undeclaredAccess(resolverClasses),
    ...unplaced(resolverClasses),
    ...undescribed(schema),
  ];
  if (problems.length > 0) throw new SchemaRefusedError(problems);
}

function undeclaredAccess(resolverClasses: readonly ResolverClass[]): string[] {
  const { queries, mutations, subscriptions, fieldResolvers } = getMetadataStorage();
  const classes = new Set<unknown>(resolverClasses);
  return [...queries, ...mutations, ...subscriptions, ...fieldResolvers]
    .filter((method) => classes.has(method.target))
    .filter((method) => !(ACCESS_EXTENSION in (method.extensions ?? {})))
    .map((method) => `${method.target.name}.${method.methodName} declares no access`);
}

function unplaced(resolverClasses: readonly ResolverClass[]): string[] {
  const classes = new Set<unknown>(resolverClasses);
  return getMetadataStorage()
    .fieldResolvers.filter((method) => classes.has(method.target))
    .flatMap((method) => {
      const action = actionOf(method.extensions ?? {});
      const type = method.getObjectType?.().prototype as object | undefined;
      const isPlaced = type === undefined || type instanceof Node || 'placeId' in type;
      if (action === null || isPlaced || isEverybodys(action)) return [];
      return [
        `${method.target.name}.${method.methodName} needs ${action}, but its object tells no subaccount`,
      ];
    });
}

function isEverybodys(action: Action): boolean {
  return ROLES.every((role) => ROLE_ACTIONS[role].has(action));
}

function undescribed(schema: GraphQLSchema): string[] {
  const roots = new Set<unknown>([
    schema.getQueryType(),
    schema.getMutationType(),
    schema.getSubscriptionType(),
  ]);
  return Object.values(schema.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap((type) => elementsOf(type, roots.has(type)))
    .filter(({ description }) => (description ?? '').trim() === '')
    .map(({ name }) => `${name} is not described`);
}

interface Element {
  readonly name: string;
  readonly description: string | null | undefined;
}

function elementsOf(type: GraphQLNamedType, isRoot: boolean): Element[] {
  const self = isRoot ? [] : [{ name: type.name, description: type.description }];
  const inside = (name: string, description: string | null | undefined): Element => ({
    name: `${type.name}.${name}`,
    description,
  });
  if (isEnumType(type)) {
    return [...self, ...type.getValues().map((value) => inside(value.name, value.description))];
  }
  if (isInputObjectType(type)) {
    return [
      ...self,
      ...Object.values(type.getFields()).map((field) => inside(field.name, field.description)),
    ];
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return self;
  const fields = Object.values(type.getFields()).flatMap((field) => [
    inside(field.name, field.description),
    ...field.args.map((arg) => inside(`${field.name}(${arg.name}:)`, arg.description)),
  ]);
  return [...self, ...fields];
}
