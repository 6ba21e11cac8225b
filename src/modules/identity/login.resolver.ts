import 'reflect-metadata';
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Authenticated, Public } from '../../graphql/kit/access.js';
import type { GraphqlContext } from '../../graphql/kit/graphql-context.js';
import type { LoginService } from './login.service.js';
import { LogInInput, LogInPayload, LogOutPayload } from './login.types.js';

@Resolver()
export class LoginResolver {
  readonly #logins: LoginService;

  constructor(logins: LoginService) {
    this.#logins = logins;
  }

  @Public('it is how a person gets a token')
  @Mutation(() => LogInPayload, { description: 'Starts a session of 30 days.' })
  async logIn(
    @Ctx() { ctx, ipAddress }: GraphqlContext,
    @Arg('input', () => LogInInput, { description: 'Who logs in.' }) input: LogInInput,
  ): Promise<LogInPayload> {
    return new LogInPayload(await this.#logins.logIn(ctx, input, ipAddress));
  }

  @Authenticated('every session may end itself')
  @Mutation(() => LogOutPayload, { description: 'Ends the session whose token is sent, at once.' })
  async logOut(@Ctx() { ctx }: GraphqlContext): Promise<LogOutPayload> {
    await this.#logins.logOut(ctx);
    return new LogOutPayload();
  }
}
