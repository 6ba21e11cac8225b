import 'reflect-metadata';
import { execute, parse } from 'graphql';
import { Arg, Field, FieldResolver, ObjectType, Query, Resolver, Root } from 'type-graphql';
import { describe, expect, it } from 'vitest';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { CostBudget } from '../../src/platform/rate-limit/cost-budget.js';
import { Context } from '../../src/kernel/context.js';
import { Caller } from '../../src/graphql/caller.js';
import { EventTypes } from '../../src/graphql/kit/event.types.js';
import { Public } from '../../src/graphql/kit/access.js';
import { Operation } from '../../src/graphql/operation.js';
import { ObjectChangedType } from '../../src/graphql/root/event.types.js';
import { NodeResolver } from '../../src/graphql/root/node.resolver.js';
import { SchemaRefusedError } from '../../src/graphql/schema-checks.js';
import { buildApi, printApiSchema } from '../../src/graphql/schema.js';
import { silentLogger } from '../support/database.js';
import { LibraryResolver } from './support/library.resolver.js';

@ObjectType('Bare', { description: 'A type whose resolver forgets things.' })
class BareType {
  @Field(() => String)
  readonly name: string = 'x';
}

@Resolver(() => BareType)
class ForgetfulResolver {
  @Query(() => BareType, { description: 'Open to whom?' })
  open(): BareType {
    return new BareType();
  }

  @Public('a test')
  @Query(() => String)
  silent(@Arg('word', () => String) word: string): string {
    return word;
  }

  @FieldResolver(() => String, { description: 'Open to whom?' })
  alias(@Root() { name }: BareType): string {
    return name;
  }
}

const eventTypes = (): EventTypes => new EventTypes((event) => new ObjectChangedType(event));

describe('the schema', () => {
  it('is refused when a method declares no access or an element is not described, naming each', async () => {
    const error = await buildApi([new ForgetfulResolver()], eventTypes()).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SchemaRefusedError);
    expect(String(error).match(/- .*/g)).toEqual([
      '- ForgetfulResolver.open declares no access',
      '- ForgetfulResolver.alias declares no access',
      '- Query.silent is not described',
      '- Query.silent(word:) is not described',
      '- Bare.name is not described',
    ]);
  });

  it('is printed in the same order every time, without instances', async () => {
    const [once, again] = await Promise.all([
      printApiSchema([NodeResolver, LibraryResolver]),
      printApiSchema([LibraryResolver, NodeResolver]),
    ]);
    expect(once).toBe(again);
    expect(once).toContain('type BookConnection {');
  });

  it('finds the instance of every resolver that subscribes', async () => {
    const library = new LibraryResolver();
    const { resolverOf, nodes } = await buildApi([new NodeResolver(), library], eventTypes());
    expect(resolverOf(LibraryResolver)).toBe(library);
    expect(() => resolverOf(ForgetfulResolver)).toThrow('no instance of ForgetfulResolver');
    expect(nodes.types).toEqual(['Device']);
  });
});

describe('the deadline of an operation', () => {
  it('ends an operation that waits for something that never comes', async () => {
    const api = await buildApi([new NodeResolver(), new LibraryResolver()], eventTypes());
    const authenticate = async (_token: string | null, requestId: string): Promise<Context> =>
      Context.forRequest({ requestId, actor: { kind: 'anonymous' }, scope: null, actions: new Set() });
    const caller = await Caller.of(null, 'test', authenticate);
    const services = {
      api,
      authenticate,
      openReads: () => ({ close: async () => undefined }),
      logger: silentLogger,
      budget: new CostBudget(0, (options) => new RateLimiterMemory(options)),
    };
    using operation = new Operation(services, { caller, requestId: 'test', ipAddress: '127.0.0.1' }, 50);
    const startedMs = performance.now();
    const { data, errors } = await execute({
      schema: api.schema,
      document: parse('{ never hello }'),
      contextValue: operation.context,
    });
    expect(data).toEqual({ never: null, hello: 'anonymous' });
    expect(errors?.[0]?.originalError).toMatchObject({ reason: 'OPERATION_TIMED_OUT', kind: 'UNAVAILABLE' });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});
