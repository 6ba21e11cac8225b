/**
 * Owns who may do what: users with their roles, login sessions, API keys, and what any token means.
 * Promises: no secret can be read back; nobody hands out more than they have; a revoked token stops at once in this process
 * and within seconds in the others; an unknown address and a wrong password look alike.
 */
export { AgencyAccessResolver } from './agency-access.resolver.js';
export { AgencyFoundingResolver } from './agency-founding.resolver.js';
export { AgencyFoundingService } from './agency-founding.service.js';
export { ApiKey } from './api-key.entity.js';
export { ApiKeyResolver } from './api-key.resolver.js';
export { ApiKeyService } from './api-key.service.js';
export { Authenticator } from './authenticator.js';
export { Invitation } from './invitation/invitation.entity.js';
export { AgencyInvitationsResolver, InvitationResolver } from './invitation/invitation.resolver.js';
export { InvitationService } from './invitation/invitation.service.js';
export { InvitationSubaccount } from './invitation/invitation-subaccount.entity.js';
export { LoginLimiter } from './login-limiter.js';
export { LoginResolver } from './login.resolver.js';
export { LoginService } from './login.service.js';
export type { StartedSession } from './login.service.js';
export { LoginSession } from './login-session.entity.js';
export { MembershipSubaccount } from './membership-subaccount.entity.js';
export { MemberResolver } from './member/member.resolver.js';
export { MemberService } from './member/member.service.js';
export { Membership } from './membership.entity.js';
export { PasswordService } from './member/password.service.js';
export { SignUpService } from './sign-up.service.js';
export type { NewAccount } from './sign-up.service.js';
export { SubaccountAccessResolver } from './subaccount-access.resolver.js';
export { SubaccountTeamsResolver, TeamResolver } from './team/team.resolver.js';
export { Team } from './team/team.entity.js';
export { TeamMember } from './team/team-member.entity.js';
export { findTeamMemberIds, getTeam } from './team/team.queries.js';
export { TeamService } from './team/team.service.js';
export { TeamType } from './team/team.types.js';
export { TokenCache } from './token-cache.js';
export { TokenRevocations } from './token-revocations.js';
export { TokenUsage } from './token-usage.js';
export { User } from './user.entity.js';
export { findWorkers, listAgentIds, workersOf, worksFor } from './user.queries.js';
export { UserResolver } from './user.resolver.js';
export { UserService } from './user.service.js';
export { UserType } from './user.types.js';
export { ViewerResolver } from './viewer.resolver.js';
export { ViewerType } from './viewer.types.js';
