import type { DemoAccess } from './scenario.js';

/** What a visitor can paste into another terminal while the demo runs. */
export function printNextSteps(visit: {
  readonly url: string;
  readonly access: DemoAccess;
  /** A customer who reads and answers. */
  readonly answeringNumber: string;
}): void {
  const { url, access, answeringNumber } = visit;
  const send = `mutation { sendMessage(input: { deviceId: "${access.deviceId}", to: "${answeringNumber}", text: "Hello Budi" }) { message { id status } } }`;
  const look = `{ subaccount(id: "${access.subaccountId}") { devices { nodes { label status phoneNumber } } conversations { nodes { contact { name } messages { nodes { direction text status } } } } } }`;
  process.stdout.write(`
The demo goes on until Ctrl-C. GraphQL: ${url}
A key to try (subaccount Bakery): ${access.apiKey}

Three things to paste into another terminal:
 1. Send a message; ${answeringNumber} reads it and answers:
    ${curl(url, access.apiKey, send)}
 2. See what happened:
    ${curl(url, access.apiKey, look)}
 3. Pair one more number; three seconds later a simulated phone scans the code:
    npx trunkline device pair --url ${url} --key ${access.apiKey} --subaccount ${access.subaccountId}
`);
}

function curl(url: string, key: string, query: string): string {
  return `curl -s ${url} -H 'content-type: application/json' -H 'authorization: Bearer ${key}' \\\n    -d '${JSON.stringify({ query })}'`;
}
