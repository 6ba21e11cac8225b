import 'reflect-metadata';
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { kernelErrors } from '../../kernel/errors.js';
import { parsePublicId } from '../../kernel/ids.js';
import { Authenticated } from '../kit/access.js';
import type { GraphqlContext } from '../kit/graphql-context.js';
import { Node } from '../kit/node.js';

@Resolver()
export class NodeResolver {
  @Authenticated('each type of node asks for its own action')
  @Query(() => Node, {
    nullable: true,
    description: 'Any object by its id; null when there is none or the caller may not see it.',
  })
  async node(
    @Ctx() context: GraphqlContext,
    @Arg('id', () => ID, { description: 'Its id.' }) id: string,
  ): Promise<object | null> {
    const parsed = parsePublicId(id);
    if (parsed === null) {
      const message = 'id is not an id that this API returned';
      throw kernelErrors.INVALID_ID({ message, fields: [{ path: 'id', message }] });
    }
    return context.nodes.find(context, parsed.type, parsed.uuid);
  }
}
