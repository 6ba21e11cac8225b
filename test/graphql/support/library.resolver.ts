import 'reflect-metadata';
import {
  Arg,
  Args,
  Ctx,
  Field,
  FieldResolver,
  InputType,
  Int,
  Mutation,
  ObjectType,
  Query,
  Resolver,
  Root,
  Subscription,
} from 'type-graphql';
import { AppError, ERROR_KINDS } from '../../../src/kernel/errors.js';
import type { ErrorKind } from '../../../src/kernel/errors.js';
import { newId } from '../../../src/kernel/ids.js';
import { pageSize, toPage } from '../../../src/kernel/page.js';
import { Access, Public } from '../../../src/graphql/kit/access.js';
import { ConnectionArgs, connectionTypes, toConnection } from '../../../src/graphql/kit/connection.js';
import type { Connection } from '../../../src/graphql/kit/connection.js';
import type { GraphqlContext } from '../../../src/graphql/kit/graphql-context.js';
import { inOrderOf } from '../../../src/graphql/kit/graphql-context.js';
import { Node } from '../../../src/graphql/kit/node.js';
import type { NodeFetcher, ProvidesNodes } from '../../../src/graphql/kit/node.js';
import { DateTime, PhoneNumber } from '../../../src/graphql/kit/scalars.js';
import { subscribeWith } from '../../../src/graphql/kit/subscription.js';

/** A small API with one of everything that the doors must handle; nothing of the product. */
interface Book {
  readonly id: string;
  readonly title: string;
}

export const BOOKS: readonly Book[] = Array.from({ length: 25 }, (_none, index) => ({
  id: newId(),
  title: `Book ${index}`,
}));

@ObjectType('Book', { implements: Node, description: 'A book.' })
export class BookType extends Node {
  constructor(readonly book: Book) {
    super('Device', book.id, null);
  }

  @Field(() => String, { description: 'Its title.' })
  get title(): string {
    return this.book.title;
  }
}

const { connection: BookConnection } = connectionTypes('Book', BookType);

@InputType({ description: 'A call of somebody.' })
export class CallInput {
  @Field(() => PhoneNumber, { description: 'Whom.' })
  to!: string;

  @Field(() => DateTime, { nullable: true, description: 'When.' })
  at?: Date | null;

  @Field(() => CallInput, { nullable: true, description: 'And then.' })
  next?: CallInput | null;
}

@Resolver(() => BookType)
export class LibraryResolver implements ProvidesNodes {
  readonly nodeFetchers: { readonly Device: NodeFetcher } = {
    Device: {
      action: 'device:read',
      fetch: async (_ctx, ids) => {
        this.batches.push([...ids]);
        return inOrderOf(ids, BOOKS, (book) => book.id).map((book) => book && new BookType(book));
      },
    },
  };
  /** The ids of each batch that was loaded. */
  readonly batches: string[][] = [];
  /** How many subscriptions run. */
  running = 0;

  @Public('says hello')
  @Query(() => String, { description: 'Hello.' })
  hello(@Ctx() { ctx }: GraphqlContext): string {
    return ctx.actor.kind;
  }

  @Access('device:read')
  @Query(() => BookConnection, { description: 'All books.' })
  books(@Args(() => ConnectionArgs) args: ConnectionArgs): Connection<BookType> {
    const size = pageSize(args);
    const page = toPage(BOOKS.slice(0, size + 1), size, args, (book) => [book.id]);
    return toConnection(page, (book) => new BookType(book));
  }

  @Access('device:read')
  @FieldResolver(() => BookConnection, { description: 'Books like this one.' })
  similar(@Args(() => ConnectionArgs) args: ConnectionArgs): Connection<BookType> {
    return this.books(args);
  }

  @Access('device:read')
  @FieldResolver(() => BookType, { description: 'The book itself, loaded again.' })
  async self(@Root() { book }: BookType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return context.nodes.find(context, 'Device', book.id);
  }

  @Public('a test of errors')
  @Query(() => String, { nullable: true, description: 'Fails as asked.' })
  fail(@Arg('kind', () => String, { description: 'How.' }) kind: string): string {
    if (kind === 'crash') throw new Error('password=hunter2 leaked');
    if (kind === 'database')
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
    if (kind in ERROR_KINDS)
      throw new AppError(kind as ErrorKind, 'REASON', { message: 'said', data: { extra: 1 } });
    return kind;
  }

  @Public('a test of deadlines')
  @Query(() => String, { nullable: true, description: 'Never answers.' })
  never(): Promise<string> {
    return new Promise(() => undefined);
  }

  @Access('message:send')
  @Mutation(() => PhoneNumber, { description: 'Calls somebody.' })
  call(@Arg('input', () => CallInput, { description: 'The call.' }) input: CallInput): string {
    return input.to;
  }

  @Access('event:read')
  @Subscription(() => String, {
    description: 'Counts; endless without an end.',
    subscribe: subscribeWith(
      () => LibraryResolver,
      (resolver, args: { to?: number | null; size?: number | null }, context) =>
        resolver.count(args, context),
    ),
  })
  counted(
    @Arg('to', () => Int, { nullable: true, description: 'Where to stop.' }) _to: number | null,
    @Arg('size', () => Int, { nullable: true, description: 'Characters of an item.' }) size: number | null,
    @Root() value: number,
  ): string {
    return String(value).padStart(size ?? 1, '0');
  }

  async *count({ to }: { to?: number | null }, { signal }: GraphqlContext): AsyncGenerator<number, void> {
    this.running += 1;
    try {
      for (let value = 1; value <= (to ?? Infinity) && !signal.aborted; value += 1) {
        yield value;
        await new Promise((resolve) => setImmediate(resolve));
      }
    } finally {
      this.running -= 1;
    }
  }

  @Access('event:read')
  @Subscription(() => String, {
    description: 'Waits for ever, or fails at once.',
    subscribe: subscribeWith(
      () => LibraryResolver,
      (resolver, args: { kind?: string | null }, context) => resolver.wait(args, context),
    ),
  })
  waiting(
    @Arg('kind', () => String, { nullable: true, description: 'How to fail.' }) _kind: string | null,
    @Root() value: number,
  ): string {
    return String(value);
  }

  async *wait({ kind }: { kind?: string | null }, { signal }: GraphqlContext): AsyncGenerator<number, void> {
    this.running += 1;
    try {
      if (kind != null) this.fail(kind);
      yield 0;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    } finally {
      this.running -= 1;
    }
  }
}
