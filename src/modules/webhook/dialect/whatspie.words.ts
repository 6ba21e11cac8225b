import { z } from 'zod';
import { toAddress } from '../../../whatsapp/index.js';
import type { Message } from '../../messaging/index.js';
import type { DialectWords, Reply, Telling } from './telling.js';

/** Whatspie's receivers answer within five seconds, or not at all. */
const TIMEOUT_MS = 5_000;
const MAX_REPLIES = 5;

/** Incoming messages as Whatspie tells them. The receiver may answer with messages to send back. */
export const whatspieWords: DialectWords = {
  timeoutMs: TIMEOUT_MS,
  tell: (telling) => {
    const { event, subject } = telling;
    return event.topic === 'message.received' && subject.message !== null
      ? incoming(telling, subject.message)
      : null;
  },
  test: ({ at }) => ({
    message: 'test',
    from: null,
    timestamp: Math.floor(at.getTime() / 1_000),
    message_id: null,
    from_user: { name: null, jid: null },
    is_forwarded: false,
    is_broadcast: false,
  }),
  replies: (answer) => {
    const parsed = answerOf(answer);
    return parsed === null ? [] : parsed.flatMap(toReply).slice(0, MAX_REPLIES);
  },
};

function incoming({ subject, linkTo }: Telling, message: Message): object {
  const { contact, lid, media, device } = subject;
  const phoneNumber = contact?.phoneNumber ?? null;
  return {
    ...(media === null
      ? { message: message.text ?? null }
      : {
          type: `${message.kind.toLowerCase()}Message`,
          file: {
            url: media.state === 'FAILED' ? null : linkTo(media),
            caption: message.text ?? null,
            fileName: media.fileName ?? null,
          },
        }),
    device: device?.phoneNumber ?? null,
    from: phoneNumber ?? lid,
    participant: message.sender ?? null,
    timestamp: Math.floor((message.sentAt ?? message.createdAt).getTime() / 1_000),
    message_id: message.whatsappId ?? null,
    from_user: {
      name: contact?.name ?? contact?.pushName ?? null,
      jid: phoneNumber === null ? lid : toAddress(phoneNumber),
    },
    is_forwarded: false,
    is_broadcast: false,
  };
}

const text = z.string().trim().min(1);
const file = z.object({ url: z.url() });
/** The forms that a reply comes in: as in a request to send, or short. */
const content = z.object({
  message: z
    .union([text, z.object({ text: text.optional(), caption: text.optional(), url: z.url().optional() })])
    .optional(),
  text: text.optional(),
  params: z
    .object({
      text: text.optional(),
      caption: text.optional(),
      image: file.optional(),
      document: file.optional(),
      file: file.optional(),
    })
    .optional(),
});
const answers = z.union([z.array(content), content.transform((one) => [one])]);

function answerOf(answer: string): readonly z.output<typeof content>[] | null {
  try {
    return answers.safeParse(JSON.parse(answer)).data ?? null;
  } catch {
    return null;
  }
}

function toReply({ message, params, text: plain }: z.output<typeof content>): Reply[] {
  const short = typeof message === 'string' ? { text: message } : message;
  const reply = {
    text: plain ?? short?.text ?? short?.caption ?? params?.text ?? params?.caption ?? null,
    mediaUrl: short?.url ?? params?.image?.url ?? params?.document?.url ?? params?.file?.url ?? null,
  };
  return reply.text === null && reply.mediaUrl === null ? [] : [reply];
}
