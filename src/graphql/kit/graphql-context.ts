import DataLoader from 'dataloader';
import type { Action } from '../../kernel/access.js';
import type { Context } from '../../kernel/context.js';
import type { NodeFetchers } from './node.js';

type ResolverClass<T extends object> = abstract new (...args: never[]) => T;

export interface GraphqlContextFields {
  readonly ctx: Context;
  /** Where the call came from; behind proxies as far as they are trusted. */
  readonly ipAddress: string;
  /** Aborted when the operation is over, for whatever reason. */
  readonly signal: AbortSignal;
  readonly nodes: NodeFetchers;
  /** The caller's rights as they are now; throws when the token is no longer valid. */
  readonly recheck: () => Promise<Context>;
  readonly resolverOf: (resolverClass: ResolverClass<object>) => object;
}

/** What all views of an operation share. */
interface Shared {
  readonly aborted: Promise<never>;
  readonly views: Map<Action, GraphqlContext>;
  /** By the scope that they read in: what one found must not be an answer in a narrower one. */
  readonly loaders: WeakMap<Context, Map<string, unknown>>;
}

/**
 * What resolvers know about the operation that they work for. One for each operation, and for each event of a subscription. What a field is
 * given is the view of its action: `ctx` sees only where the caller may do that.
 */
export class GraphqlContext {
  readonly ctx: Context;
  readonly ipAddress: string;
  readonly signal: AbortSignal;
  readonly nodes: NodeFetchers;
  readonly recheck: () => Promise<Context>;
  /** Rejects with the signal's reason when it is aborted; never resolves. */
  readonly aborted: Promise<never>;
  // Not #private: Apollo makes a copy of the context, which would lose them.
  private readonly fields: GraphqlContextFields;
  private readonly shared: Shared;

  constructor(fields: GraphqlContextFields, action: Action | null = null, shared = share(fields)) {
    this.fields = fields;
    this.shared = shared;
    this.ctx = action === null ? fields.ctx : fields.ctx.for(action);
    this.ipAddress = fields.ipAddress;
    this.signal = fields.signal;
    this.nodes = fields.nodes;
    this.aborted = shared.aborted;
    this.recheck = async () => {
      const now = await fields.recheck();
      if (action === null) return now;
      const narrowed = now.for(action);
      narrowed.require(action);
      return narrowed;
    };
  }

  /** This operation as `action` sees it. */
  for(action: Action): GraphqlContext {
    const { views } = this.shared;
    const view = views.get(action) ?? new GraphqlContext(this.fields, action, this.shared);
    views.set(action, view);
    return view;
  }

  /**
   * The operation's dataloader of this name. `batch` gets all keys asked for in one tick and answers in their order,
   * null where there is nothing: `context.loader('device', (ids) => devices.findAll(context.ctx, ids)).load(id)`.
   */
  loader<K, V>(name: string, batch: (keys: readonly K[]) => Promise<readonly V[]>): DataLoader<K, V> {
    const loaders = this.shared.loaders.get(this.ctx) ?? new Map<string, unknown>();
    this.shared.loaders.set(this.ctx, loaders);
    const known = loaders.get(name);
    if (known !== undefined) return known as DataLoader<K, V>;
    const made = new DataLoader<K, V>(async (keys) => [...(await batch(keys))], { maxBatchSize: 1_000 });
    loaders.set(name, made);
    return made;
  }

  /** The instance that serves a resolver class: `subscribe` functions are static and need it. */
  resolverOf<T extends object>(resolverClass: ResolverClass<T>): T {
    return this.fields.resolverOf(resolverClass) as T;
  }
}

function share({ signal }: GraphqlContextFields): Shared {
  return { aborted: rejectOnAbort(signal), views: new Map(), loaders: new WeakMap() };
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // Nobody may be waiting when it happens.
  aborted.catch(() => undefined);
  return aborted;
}

/** Puts rows into the order of the keys they were asked for, null where there is none: the answer of a loader's batch. */
export function inOrderOf<V>(
  keys: readonly string[],
  rows: readonly V[],
  keyOf: (row: V) => string,
): (V | null)[] {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  return keys.map((key) => byKey.get(key) ?? null);
}
