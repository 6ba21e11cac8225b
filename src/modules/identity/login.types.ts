import 'reflect-metadata';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime } from '../../graphql/kit/scalars.js';
import type { StartedSession } from './login.service.js';
import { UserType } from './user.types.js';

@InputType('LogInInput', { description: 'Who logs in.' })
export class LogInInput {
  @Field(() => String, { description: 'The e-mail address.' })
  email!: string;

  @Field(() => String, { description: 'The password.' })
  password!: string;
}

@ObjectType('LogInPayload', { description: 'What logIn answers.' })
export class LogInPayload {
  @Field(() => UserType, { description: 'Who logged in.' })
  readonly user: UserType;

  @Field(() => String, { description: 'Send it as "Authorization: Bearer …". It is shown this once.' })
  readonly sessionToken: string;

  @Field(() => DateTime, { description: 'When the session ends if nobody logs out: 30 days from now.' })
  readonly expiresAt: Date;

  constructor(session: StartedSession) {
    this.user = new UserType(session.member);
    this.sessionToken = session.token;
    this.expiresAt = session.expiresAt;
  }
}

@ObjectType('LogOutPayload', { description: 'What logOut answers.' })
export class LogOutPayload {
  @Field(() => Boolean, { description: 'Always true: the session has ended.' })
  readonly loggedOut: boolean = true;
}
