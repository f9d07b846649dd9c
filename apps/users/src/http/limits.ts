/** What strangers may try how often. */
import { RateLimit } from '@foldline/service-kit';

/** Counts tries on one account, from wherever. */
export class AccountLimit extends RateLimit {}
/** Counts tries from one address, on whatever accounts. */
export class AddressLimit extends RateLimit {}
/** Counts refreshes and sign-outs from one address. */
export class RefreshLimit extends RateLimit {}
/** Counts new accounts from one address. */
export class SignUpLimit extends RateLimit {}
/** Counts tries of the current password by one user. */
export class PasswordLimit extends RateLimit {}
