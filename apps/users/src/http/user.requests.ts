/** What may be asked about users, and its rules. */
import { registerDecorator } from 'class-validator';
import { ROLES, type Role } from '@foldline/contracts';
import { Email, OneOf, Text } from '@foldline/service-kit';
import { isCommonPassword } from '../credentials/common-passwords';

/** Length counts and nothing else does (NIST SP 800-63B 5.1.1.2): no rules of composition, no truncation. */
const NotCommon = (): PropertyDecorator => (target, key) =>
  registerDecorator({
    name: 'isUncommon',
    target: target.constructor,
    propertyName: String(key),
    options: { message: 'is one of the passwords that are tried first; choose another' },
    validator: { validate: value => typeof value === 'string' && !isCommonPassword(value) },
  });

export class SignUpBody {
  @Email({ example: 'bo@example.com' }) email: string;
  @Text(8, 128, { format: 'password', example: 'a-long-enough-passphrase' }) @NotCommon() password: string;
  @Text(1, 100, { example: 'Bo' }) displayName: string;
}

export class ProfileBody {
  @Text(1, 100, { example: 'Bob' }) displayName: string;
}

export class RoleBody {
  @OneOf(ROLES, { example: 'admin' }) role: Role;
}

export class PasswordBody {
  @Text(1, 128, { format: 'password', example: 'a-long-enough-passphrase' }) currentPassword: string;
  @Text(8, 128, { format: 'password', example: 'another-long-passphrase' }) @NotCommon() newPassword: string;
}

export class RefreshBody {
  @Text(1, 128, { description: 'As the last answer of this session gave it' }) refreshToken: string;
}

export class SessionRequestBody {
  @Text(1, 320, { example: 'bo@example.com' }) email: string;
  @Text(1, 128, { format: 'password', example: 'a-long-enough-passphrase' }) password: string;
}
