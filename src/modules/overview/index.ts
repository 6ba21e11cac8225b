/**
 * Shows an agency all of its subaccounts at a glance, and a subaccount itself. Owns nothing: it reads what devices, billing, usage and
 * the inbox know. Promises: the number of statements does not grow with the number of subaccounts.
 */
export { OverviewReader } from './overview.reader.js';
export {
  AgencyOverviewResolver,
  OverviewResponseTimesResolver,
  SubaccountOverviewResolver,
} from './overview.resolver.js';
