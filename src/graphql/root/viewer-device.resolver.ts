import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver } from 'type-graphql';
import { DeviceType } from '../../modules/device/index.js';
import { ViewerType } from '../../modules/identity/index.js';
import { Authenticated } from '../kit/access.js';
import type { GraphqlContext } from '../kit/graphql-context.js';

/** Here, because identity may not import device, and devices need not know of viewers. */
@Resolver(() => ViewerType)
export class ViewerDeviceResolver {
  @Authenticated('everybody may know who they are')
  @FieldResolver(() => DeviceType, {
    nullable: true,
    description: 'The device, when the caller is one by its token.',
  })
  async device(@Ctx() context: GraphqlContext): Promise<object | null> {
    const { actor } = context.ctx;
    return actor.kind === 'device_token'
      ? context.nodes.findVisible(context, 'Device', actor.deviceId)
      : null;
  }
}
