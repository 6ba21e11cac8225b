import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Authenticated } from '../kit/access.js';
import { ActorType } from '../kit/actor.types.js';
import type { GraphqlContext } from '../kit/graphql-context.js';
import { Node } from '../kit/node.js';

@Resolver(() => ActorType)
export class ActorResolver {
  @Authenticated('what it shows has rules of its own')
  @FieldResolver(() => Node, {
    nullable: true,
    description: 'The user, key, device or automation; null when it is gone or the caller may not read it.',
  })
  async node(@Root() { subject }: ActorType, @Ctx() context: GraphqlContext): Promise<object | null> {
    return subject === null ? null : context.nodes.findVisible(context, subject.type, subject.uuid);
  }
}
