import { isBreak } from '../faults/fault-rule.js';
import { SERVER } from '../wire/address.js';
import { children, node, ProtocolError, type Node } from '../wire/node.js';
import * as account from './account-requests.js';
import { syncAppState } from './app-state-sync.js';
import { groupRequest } from './group-requests.js';
import { IqError, type IqContext, type IqHandler } from './iq-handler.js';
import * as keys from './key-requests.js';
import { syncUsers } from './user-sync.js';

/** `type xmlns first-child`; a star stands for any child. */
const HANDLERS: Partial<Record<string, IqHandler>> = {
  'get w:p *': account.empty,
  'get encrypt count': keys.countKeys,
  'get encrypt digest': keys.digestKeys,
  'get encrypt key': keys.fetchBundles,
  'set encrypt rotate': keys.rotateSignedKey,
  'set encrypt *': keys.uploadKeys,
  'set passive *': account.activate,
  'get usync usync': syncUsers,
  'get abt props': account.properties,
  'get blocklist *': account.blocklist,
  'get privacy privacy': account.privacy,
  'set privacy tokens': account.trustedContactTokens,
  'set w:m media_conn': account.mediaConnection,
  'set w:sync:app:state sync': syncAppState,
  'set md remove-companion-device': account.removeCompanion,
  'get w:biz business_profile': account.businessProfile,
  'get w:mex query': account.graphQuery,
  'get w:profile:picture *': account.profilePicture,
  'set status *': account.empty,
  'set w:stats *': account.empty,
  'set urn:xmpp:whatsapp:dirty *': account.empty,
  'get w:g2 *': groupRequest,
};

/** Answers the requests of linked devices. */
export class IqRouter {
  readonly #context: Omit<IqContext, 'device'>;

  constructor(context: Omit<IqContext, 'device'>) {
    this.#context = context;
  }

  async answer(iq: Node, context: Pick<IqContext, 'device'>): Promise<void> {
    const { id, type = '', xmlns = '' } = iq.attrs;
    if (!id) throw new ProtocolError('an iq needs an id');
    if (type === 'result' || type === 'error') return;
    const first = children(iq)[0]?.tag ?? '';
    const respond = async (): Promise<void> => {
      context.device.link?.send(await this.#result(iq, `${type} ${xmlns}`, first, context));
    };
    const { faults, timers, report } = this.#context.network;
    const subject = {
      number: context.device.account.number,
      device: context.device.id,
      xmlns,
      type,
      child: first,
    };
    const fault =
      (xmlns === 'w:p' ? faults.take('keepalive', subject) : undefined) ?? faults.take('iq', subject);
    if (!fault) await respond();
    else if (fault.kind === 'error')
      context.device.link?.send(errorOf(id, fault.code, fault.text ?? textFor(fault.code)));
    else if (fault.kind === 'delay') timers.after(fault.ms, () => void respond().catch(report));
    else if (isBreak(fault)) context.device.disrupt(fault);
  }

  async #result(iq: Node, kind: string, first: string, context: Pick<IqContext, 'device'>): Promise<Node> {
    const id = iq.attrs['id'] ?? '';
    const handler = HANDLERS[`${kind} ${first}`] ?? HANDLERS[`${kind} *`];
    if (!handler) {
      this.#context.network.unknownIqs.push(`${kind} ${first}`);
      return errorOf(id, 501, 'feature-not-implemented');
    }
    try {
      const content = await handler(iq, { ...this.#context, ...context });
      return node('iq', { from: SERVER, type: 'result', id }, content.length === 0 ? undefined : content);
    } catch (problem) {
      if (problem instanceof IqError) return errorOf(id, problem.code, problem.message);
      throw problem;
    }
  }
}

function errorOf(id: string, code: number, text: string): Node {
  return node('iq', { from: SERVER, type: 'error', id }, [node('error', { code: String(code), text })]);
}

function textFor(code: number): string {
  return code === 429 ? 'rate-overlimit' : code === 406 ? 'not-acceptable' : 'internal-server-error';
}
