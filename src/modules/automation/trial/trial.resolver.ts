import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Access } from '../../../graphql/kit/access.js';
import type { GraphqlContext } from '../../../graphql/kit/graphql-context.js';
import type { TrialService } from './trial.service.js';
import { TestAutomationInput, TestAutomationPayload } from './trial.types.js';

@Resolver()
export class TrialResolver {
  readonly #trials: TrialService;

  constructor(trials: TrialService) {
    this.#trials = trials;
  }

  @Access('automation:read')
  @Mutation(() => TestAutomationPayload, {
    description:
      'Tries an automation out on something that might happen; nothing is written and nothing is sent.',
  })
  async testAutomation(
    @Ctx() { ctx }: GraphqlContext,
    @Arg('input', () => TestAutomationInput, { description: 'What might happen.' })
    input: TestAutomationInput,
  ): Promise<TestAutomationPayload> {
    ctx.require('contact:read');
    return new TestAutomationPayload(await this.#trials.test(ctx, input.toRequest()));
  }
}
