import 'reflect-metadata';
import { ArgsType, Extensions, Field, Int, ObjectType } from 'type-graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from '../../kernel/page.js';
import type { Page } from '../../kernel/page.js';

/** How the cost rule reads a field that is a page: its list fields hold at most `first` items, by default so many. */
export interface PageCost {
  readonly defaultFirst: number;
}

/** The name under which a page type keeps its {@link PageCost} in `extensions`. */
export const PAGE_EXTENSION = 'page';

@ObjectType('PageInfo', { description: 'Where a page lies within its connection.' })
export class PageInfoType {
  @Field(() => Boolean, { description: 'Whether there are more items after this page.' })
  readonly hasNextPage: boolean;

  @Field(() => Boolean, { description: 'Whether there are items before this page.' })
  readonly hasPreviousPage: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the first item; null when the page is empty.',
  })
  readonly startCursor: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last item; null when the page is empty.',
  })
  readonly endCursor: string | null;

  constructor(page: Page<unknown>) {
    this.hasNextPage = page.hasNextPage;
    this.hasPreviousPage = page.hasPreviousPage;
    this.startCursor = page.items[0]?.cursor ?? null;
    this.endCursor = page.items.at(-1)?.cursor ?? null;
  }
}

/** Arguments of every connection. Extend it to add a `filter`. */
@ArgsType()
export class ConnectionArgs {
  @Field(() => Int, {
    nullable: true,
    defaultValue: DEFAULT_PAGE_SIZE,
    description: `How many items: 1 to ${MAX_PAGE_SIZE}.`,
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Cursor of the item before the first one wanted.' })
  after?: string | null;
}

export interface Connection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfoType;
}

/** Declares `DeviceEdge` and `DeviceConnection` for ('Device', DeviceType). Call it once for each type. */
export function connectionTypes(
  name: string,
  nodeType: abstract new (...args: never[]) => object,
): { readonly edge: new () => object; readonly connection: new () => object } {
  @ObjectType(`${name}Edge`, { description: `One ${name} of a connection.` })
  class Edge {
    @Field(() => String, { description: 'Its place in the connection, for `after`.' })
    readonly cursor?: string;

    @Field(() => nodeType, { description: `The ${name} itself.` })
    readonly node?: object;
  }

  @ObjectType(`${name}Connection`, { description: `A page of ${name} objects.` })
  @Extensions({ [PAGE_EXTENSION]: { defaultFirst: DEFAULT_PAGE_SIZE } satisfies PageCost })
  class PageOfNodes {
    @Field(() => [Edge], { complexity: 0, description: 'The items with their cursors.' })
    readonly edges?: readonly Edge[];

    @Field(() => [nodeType], { description: 'The items alone.' })
    readonly nodes?: readonly object[];

    @Field(() => PageInfoType, { complexity: 0, description: 'Whether there is more, and where to go on.' })
    readonly pageInfo?: PageInfoType;
  }

  return { edge: Edge, connection: PageOfNodes };
}

/** What a connection field returns for a page of rows. */
export function toConnection<Row, T>(page: Page<Row>, toNode: (row: Row) => T): Connection<T> {
  const edges = page.items.map(({ cursor, node }) => ({ cursor, node: toNode(node) }));
  return { edges, nodes: edges.map(({ node }) => node), pageInfo: new PageInfoType(page) };
}
