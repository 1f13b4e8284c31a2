import { Global, Module } from '@nestjs/common';
import { AccessHook } from './access/access-hook.ts';
import { Authenticator } from './access/authenticator.ts';
import { CredentialStates } from './access/credential-states.ts';
import { RateLimits } from './access/rate-limits.ts';
import { RoutePolicies } from './access/route-policies.ts';
import { AuditLog } from './audit/audit-log.ts';
import { AuditTrail } from './audit/audit-trail.ts';
import { AuditController } from './audit/audit.controller.ts';
import { AuditReader } from './audit/audit.service.ts';
import { IdentityChanges } from './identity-changes.ts';
import { IdentityRetention } from './identity-retention.ts';
import { OidcUsers } from './oidc/oidc-users.ts';
import { Oidc } from './oidc/oidc.service.ts';
import { KeyUse } from './keys/key-use.ts';
import { KeysController } from './keys/keys.controller.ts';
import { Keys } from './keys/keys.service.ts';
import { PageCursors } from './page-cursor.ts';
import { Passwords } from './passwords.ts';
import { AuthKeys } from './secrets.ts';
import { AccessTokens } from './sessions/access-tokens.ts';
import { AuthController } from './sessions/auth.controller.ts';
import { AuthParts, AuthService } from './sessions/auth.service.ts';
import { Lockout } from './sessions/lockout.ts';
import { Me } from './sessions/me.service.ts';
import { RefreshCookie } from './sessions/refresh-cookie.ts';
import { SecondFactor } from './sessions/second-factor.ts';
import { Sessions } from './sessions/sessions.service.ts';
import { Setup } from './sessions/setup.service.ts';
import { Tickets } from './sessions/tickets.service.ts';
import { SignIn, SignInTools } from './sessions/sign-in.service.ts';
import { Links } from './users/links.ts';
import { Organisations } from './users/organisations.service.ts';
import { SavedItems } from './users/saved.service.ts';
import { UsersController } from './users/users.controller.ts';
import { UserTools, Users } from './users/users.service.ts';

/** Organisations, people, sessions, keys, audit, and the guard of every door. */
@Global()
@Module({
  controllers: [AuthController, KeysController, AuditController, UsersController],
  providers: [
    AccessHook,
    AccessTokens,
    AuditLog,
    AuditReader,
    AuditTrail,
    AuthKeys,
    AuthParts,
    AuthService,
    Authenticator,
    CredentialStates,
    IdentityChanges,
    IdentityRetention,
    KeyUse,
    Keys,
    Links,
    Lockout,
    Me,
    Oidc,
    OidcUsers,
    Organisations,
    PageCursors,
    Passwords,
    RateLimits,
    RefreshCookie,
    RoutePolicies,
    SecondFactor,
    Sessions,
    Setup,
    SignIn,
    SignInTools,
    Tickets,
    SavedItems,
    UserTools,
    Users,
  ],
  exports: [
    AccessHook,
    AuditLog,
    AuditTrail,
    Authenticator,
    CredentialStates,
    IdentityChanges,
    RoutePolicies,
    Sessions,
    Setup,
    Tickets,
  ],
})
export class IdentityModule {}
