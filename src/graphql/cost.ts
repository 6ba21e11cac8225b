import {
  Kind,
  getArgumentValues,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
} from 'graphql';
import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLCompositeType,
  GraphQLField,
  GraphQLObjectType,
  GraphQLSchema,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import { DEFAULT_PAGE_SIZE } from '../kernel/page.js';
import { PAGE_EXTENSION } from './kit/connection.js';
import type { PageCost } from './kit/connection.js';

const MUTATION_COST = 10;
const SUBSCRIPTION_COST = 5;

interface CostInput {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** After coercion: a page size in a variable counts like a literal one. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * The cost of an operation before it runs, never less than the objects it can return: a scalar costs nothing, an object 1, a page 1
 * and its size times its node, an interface its dearest type, a mutation 10, a subscription 5. A field's `complexity` replaces its own part.
 */
export function operationCost(
  root: GraphQLObjectType,
  selections: SelectionSetNode,
  input: CostInput,
): number {
  return new CostWalk(input).selections(root, selections, DEFAULT_PAGE_SIZE);
}

class CostWalk {
  readonly #input: CostInput;
  /** A fragment costs the same wherever it meets the same type and page size; without this, nested fragments take for ever. */
  readonly #fragmentCosts = new Map<string, number>();

  constructor(input: CostInput) {
    this.#input = input;
  }

  /** `listSize`: how many items each list field among the selections may have. */
  selections(parent: GraphQLCompositeType, set: SelectionSetNode, listSize: number): number {
    if (isAbstractType(parent)) {
      const types = this.#input.schema.getPossibleTypes(parent);
      return Math.max(0, ...types.map((type) => this.selections(type, set, listSize)));
    }
    return set.selections.reduce((sum, node) => sum + this.#selection(parent, node, listSize), 0);
  }

  #selection(parent: GraphQLCompositeType, node: SelectionNode, listSize: number): number {
    switch (node.kind) {
      case Kind.FIELD:
        return this.#field(parent, node, listSize);
      case Kind.INLINE_FRAGMENT: {
        const condition = node.typeCondition?.name.value;
        return this.#applies(parent, condition) ? this.selections(parent, node.selectionSet, listSize) : 0;
      }
      case Kind.FRAGMENT_SPREAD:
        return this.#fragment(parent, node.name.value, listSize);
    }
  }

  #fragment(parent: GraphQLCompositeType, name: string, listSize: number): number {
    const fragment = this.#input.fragments.get(name);
    if (fragment === undefined || !this.#applies(parent, fragment.typeCondition.name.value)) return 0;
    const key = `${name} ${parent.name} ${listSize}`;
    const known = this.#fragmentCosts.get(key);
    if (known !== undefined) return known;
    const cost = this.selections(parent, fragment.selectionSet, listSize);
    this.#fragmentCosts.set(key, cost);
    return cost;
  }

  #applies(parent: GraphQLCompositeType, condition: string | undefined): boolean {
    if (condition === undefined || condition === parent.name) return true;
    const type = this.#input.schema.getType(condition);
    return isAbstractType(type) && this.#input.schema.getPossibleTypes(type).some((it) => it === parent);
  }

  #field(parent: GraphQLCompositeType, node: FieldNode, listSize: number): number {
    // Introspection is for callers with a token and costs nothing.
    if (node.name.value.startsWith('__') || !('getFields' in parent)) return 0;
    const field = parent.getFields()[node.name.value];
    if (field === undefined) return 0;
    const type = getNamedType(field.type);
    const page = isCompositeType(type)
      ? (type.extensions[PAGE_EXTENSION] as PageCost | undefined)
      : undefined;
    const size = page === undefined ? DEFAULT_PAGE_SIZE : this.#pageSize(field, node, page);
    const inner =
      isCompositeType(type) && node.selectionSet !== undefined
        ? this.selections(type, node.selectionSet, size)
        : 0;
    const times = isListType(getNullableType(field.type)) ? listSize : 1;
    return times * (this.#ownCost(parent, field) + inner);
  }

  #pageSize(field: GraphQLField<unknown, unknown>, node: FieldNode, page: PageCost): number {
    const { first } = getArgumentValues(field, node, this.#input.variables);
    return typeof first === 'number' ? Math.max(0, first) : page.defaultFirst;
  }

  #ownCost(parent: GraphQLCompositeType, field: GraphQLField<unknown, unknown>): number {
    const { complexity } = field.extensions;
    if (typeof complexity === 'number') return complexity;
    if (parent === this.#input.schema.getMutationType()) return MUTATION_COST;
    if (parent === this.#input.schema.getSubscriptionType()) return SUBSCRIPTION_COST;
    return isCompositeType(getNamedType(field.type)) ? 1 : 0;
  }
}
