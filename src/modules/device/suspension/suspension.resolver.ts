import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import { fromPublicId } from '../../../kernel/ids.js';
import type { SubaccountSuspension } from './suspension.service.js';
import {
  ResumeSubaccountInput,
  SubaccountSuspensionPayload,
  SuspendSubaccountInput,
} from './suspension.types.js';

@Resolver()
export class SubaccountSuspensionResolver {
  readonly #suspension: SubaccountSuspension;

  constructor(suspension: SubaccountSuspension) {
    this.#suspension = suspension;
  }

  @Access('subaccount:suspend')
  @Mutation(() => SubaccountSuspensionPayload, {
    description:
      'Disconnects all devices of a subaccount without logging them out. Messages that wait are held, new ones refused; everything can be read.',
  })
  async suspendSubaccount(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => SuspendSubaccountInput, { description: 'Which subaccount, and why.' })
    input: SuspendSubaccountInput,
  ): Promise<SubaccountSuspensionPayload> {
    return new SubaccountSuspensionPayload(await this.#suspension.suspend(ctx, idOf(input), input));
  }

  @Access('subaccount:suspend')
  @Mutation(() => SubaccountSuspensionPayload, {
    description: 'Brings the devices of a subaccount back, but for those that were suspended by themselves.',
  })
  async resumeSubaccount(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => ResumeSubaccountInput, { description: 'Which subaccount.' })
    input: ResumeSubaccountInput,
  ): Promise<SubaccountSuspensionPayload> {
    return new SubaccountSuspensionPayload(await this.#suspension.resume(ctx, idOf(input)));
  }
}

function idOf({ subaccountId }: { readonly subaccountId: string }): string {
  return fromPublicId('Subaccount', subaccountId, 'input.subaccountId');
}
