import 'reflect-metadata';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Context } from '../../kernel/context.js';

const VIEWER_KINDS = {
  OPERATOR: 'Whoever runs this installation.',
  USER: 'A person with a login session.',
  API_KEY: 'A key of an agency or a subaccount.',
  DEVICE_TOKEN: 'A token of one device.',
} as const;
type ViewerKind = keyof typeof VIEWER_KINDS;

const ViewerKindEnum = Object.fromEntries(Object.keys(VIEWER_KINDS).map((kind) => [kind, kind]));
registerEnumType(ViewerKindEnum, {
  name: 'ViewerKind',
  description: 'Whom a token stands for.',
  valuesConfig: Object.fromEntries(
    Object.entries(VIEWER_KINDS).map(([kind, description]) => [kind, { description }]),
  ),
});

@ObjectType('Viewer', { description: 'The caller: whom its token stands for, and what it allows.' })
export class ViewerType {
  constructor(readonly ctx: Context) {}

  @Field(() => ViewerKindEnum, { description: 'Whom the token stands for.' })
  get kind(): ViewerKind {
    return this.ctx.actor.kind.toUpperCase() as ViewerKind;
  }

  @Field(() => [String], {
    description:
      'The actions that the token allows somewhere, sorted; `Subaccount.viewerActions` says which where.',
  })
  get actions(): string[] {
    return [...this.ctx.actionsSomewhere].sort();
  }
}
