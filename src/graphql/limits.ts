import { Kind, getOperationAST, valueFromASTUntyped, visit } from 'graphql';
import type {
  DocumentNode,
  FragmentDefinitionNode,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
} from 'graphql';
import { operationCost } from './cost.js';
import { graphqlErrors } from './errors.js';
import { coerceVariables } from './variables.js';

export const LIMITS = {
  cost: 10_000,
  depth: 15,
  aliases: 30,
  rootFields: 10,
  directives: 20,
  /** Counted by the parser, before anything else. */
  tokens: 2_000,
  bodyBytes: 256 * 1024,
  operationTimeoutMs: 10_000,
} as const;

interface LimitedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined;
  readonly isAuthenticated: boolean;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

/**
 * Refuses an operation that is too expensive, before it runs. Both doors call it after validation, so fragments exist and
 * make no circles. Returns the cost; 0 for an operation that cannot be found, which the door refuses itself.
 */
export function checkLimits(request: LimitedOperation): number {
  const operation = getOperationAST(request.document, request.operationName);
  if (operation == null) return 0;
  const fragments: Fragments = new Map(
    request.document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  );
  if (!request.isAuthenticated) refuseIntrospection(request);
  checkCounts(request.document);
  checkRootFields(operation, fragments);
  checkDepth(operation, fragments);
  return checkCost(request, operation, fragments);
}

/** Asking for a type that does not exist tells nothing, and conformance tests of the protocol do it. */
function refuseIntrospection({ document, schema, variables }: LimitedOperation): void {
  visit(document, {
    Field(node) {
      const name = node.name.value;
      if (name !== '__schema' && name !== '__type') return;
      const value = node.arguments?.[0]?.value;
      const type = value === undefined ? null : valueFromASTUntyped(value, variables);
      if (typeof type !== 'string' || schema.getType(type) !== undefined) {
        throw graphqlErrors.INTROSPECTION_NEEDS_TOKEN();
      }
    },
  });
}

function checkCounts(document: DocumentNode): void {
  const counts = { aliases: 0, directives: 0 };
  visit(document, {
    Field(node) {
      if (node.alias !== undefined) counts.aliases += 1;
    },
    Directive() {
      counts.directives += 1;
    },
  });
  const { aliases, directives } = counts;
  if (aliases > LIMITS.aliases) throw graphqlErrors.TOO_MANY_ALIASES(within(LIMITS.aliases, aliases));
  if (directives > LIMITS.directives) {
    throw graphqlErrors.TOO_MANY_DIRECTIVES(within(LIMITS.directives, directives));
  }
}

function within(limit: number, actual: number): { data: { limit: number; actual: number } } {
  return { data: { limit, actual } };
}

function checkRootFields(operation: OperationDefinitionNode, fragments: Fragments): void {
  const names = new Set<string>();
  const seen = new Set<string>();
  const collect = (set: SelectionSetNode): void => {
    for (const node of set.selections) {
      if (node.kind === Kind.FIELD) names.add(node.alias?.value ?? node.name.value);
      if (node.kind === Kind.INLINE_FRAGMENT) collect(node.selectionSet);
      if (node.kind !== Kind.FRAGMENT_SPREAD || seen.has(node.name.value)) continue;
      seen.add(node.name.value);
      const fragment = fragments.get(node.name.value);
      if (fragment !== undefined) collect(fragment.selectionSet);
    }
  };
  collect(operation.selectionSet);
  if (names.size > LIMITS.rootFields) {
    throw graphqlErrors.TOO_MANY_ROOT_FIELDS(within(LIMITS.rootFields, names.size));
  }
}

function checkDepth(operation: OperationDefinitionNode, fragments: Fragments): void {
  const known = new Map<string, number>();
  const fragmentDepth = (name: string): number => {
    const depth = known.get(name) ?? depthOf(fragments.get(name)?.selectionSet);
    known.set(name, depth);
    return depth;
  };
  const depthOf = (set: SelectionSetNode | undefined): number => {
    let deepest = 0;
    for (const node of set?.selections ?? []) {
      if (node.kind === Kind.FRAGMENT_SPREAD) deepest = Math.max(deepest, fragmentDepth(node.name.value));
      if (node.kind === Kind.INLINE_FRAGMENT) deepest = Math.max(deepest, depthOf(node.selectionSet));
      // The usual introspection query of tools is deeper than any honest operation on data.
      if (node.kind !== Kind.FIELD || node.name.value.startsWith('__')) continue;
      deepest = Math.max(deepest, 1 + depthOf(node.selectionSet));
    }
    return deepest;
  };
  const depth = depthOf(operation.selectionSet);
  if (depth > LIMITS.depth) throw graphqlErrors.QUERY_TOO_DEEP(within(LIMITS.depth, depth));
}

function checkCost(
  request: LimitedOperation,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): number {
  const { schema } = request;
  const root = schema.getRootType(operation.operation);
  if (root == null) return 0;
  const variables = coerceVariables(schema, operation, request.variables ?? {});
  const cost = operationCost(root, operation.selectionSet, { schema, fragments, variables });
  if (cost > LIMITS.cost) throw graphqlErrors.QUERY_TOO_COSTLY(within(LIMITS.cost, cost));
  return cost;
}
