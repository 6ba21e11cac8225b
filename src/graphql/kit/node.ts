import 'reflect-metadata';
import { Field, ID, InterfaceType } from 'type-graphql';
import type { Action } from '../../kernel/access.js';
import type { Context } from '../../kernel/context.js';
import { toPublicId } from '../../kernel/ids.js';
import type { NodeType } from '../../kernel/ids.js';
import type { GraphqlContext } from './graphql-context.js';
import type { Placed } from './placed.js';

/** Extend it: `class DeviceType extends Node { constructor(readonly device: Device) { super('Device', device.id, device.subaccountId); } }`. */
@InterfaceType('Node', { description: 'An object with an id that is unique among all objects.' })
export abstract class Node implements Placed {
  @Field(() => ID, { description: 'Opaque and stable; its prefix tells the type.' })
  readonly id: string;
  readonly placeId: string | null;

  /** `placeId` null: of the agency as a whole. */
  constructor(type: NodeType, uuid: string, placeId: string | null | undefined) {
    this.id = toPublicId(type, uuid);
    this.placeId = placeId ?? null;
  }
}

/** How the objects of one type are read by id. */
export interface NodeFetcher {
  /** What a caller must be allowed to do. */
  readonly action: Action;
  /** The wrapped objects in the order of `uuids`, null for what is missing or may not be seen. */
  fetch(ctx: Context, uuids: readonly string[]): Promise<readonly (object | null)[]>;
}

/** A resolver class may carry the fetchers of its types; the schema collects them. */
export interface ProvidesNodes {
  readonly nodeFetchers: Partial<Record<NodeType, NodeFetcher>>;
}

/** Every type that `node(id)` knows. */
export class NodeFetchers {
  readonly #fetchers = new Map<NodeType, NodeFetcher>();

  register(type: NodeType, fetcher: NodeFetcher): void {
    if (this.#fetchers.has(type)) throw new Error(`two fetchers for ${type}`);
    this.#fetchers.set(type, fetcher);
  }

  /** The types that have a fetcher, sorted. */
  get types(): readonly NodeType[] {
    return [...this.#fetchers.keys()].sort();
  }

  /** The object, or null when it is missing, of another tenant, or of a type that is no node. Throws ACTION_NOT_ALLOWED. */
  async find(context: GraphqlContext, type: NodeType, uuid: string): Promise<object | null> {
    const fetcher = this.#fetchers.get(type);
    if (fetcher === undefined) return null;
    const view = context.for(fetcher.action);
    view.ctx.require(fetcher.action);
    return view
      .loader<string, object | null>(`node ${type}`, (uuids) => fetcher.fetch(view.ctx, uuids))
      .load(uuid);
  }

  /** As {@link find}, but also null for a type that the caller may not read. */
  async findVisible(context: GraphqlContext, type: NodeType, uuid: string): Promise<object | null> {
    const fetcher = this.#fetchers.get(type);
    if (fetcher === undefined || !context.for(fetcher.action).ctx.can(fetcher.action)) return null;
    return this.find(context, type, uuid);
  }

  /** Those of `uuids` that are anywhere in the caller's scope, whatever it may do with them there: only to say why it may not. */
  async findAnywhere(ctx: Context, type: NodeType, uuids: readonly string[]): Promise<readonly object[]> {
    const found = (await this.#fetchers.get(type)?.fetch(ctx.origin, uuids)) ?? [];
    return found.filter((node) => node !== null);
  }
}
