/** Users as they are shown. */
import { ApiProperty } from '@nestjs/swagger';
import { ROLES, type Role } from '@foldline/contracts';
import type { UserState } from '../domain/user.state';

export class UserBody {
  @ApiProperty({ format: 'uuid', example: '0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b' }) id: string;
  @ApiProperty({ format: 'email', example: 'bo@example.com' }) email: string;
  @ApiProperty({ example: 'Bo' }) displayName: string;
  @ApiProperty({ enum: ROLES, example: 'customer' }) role: Role;
}

export class SessionBody {
  @ApiProperty({ description: 'Send it as Authorization: Bearer' }) accessToken: string;
  @ApiProperty({ example: 'Bearer' }) tokenType: string;
  @ApiProperty({ description: 'Seconds', example: 900 }) expiresIn: number;
  @ApiProperty({ description: 'Good once: POST /sessions/refresh gives new tokens for it' }) refreshToken: string;
  @ApiProperty({ format: 'uuid' }) userId: string;
}

/** Undefined for nobody and for a closed account. */
export function userBody(state: UserState): UserBody | undefined {
  if (state.status !== 'active') return undefined;
  const { userId, email, displayName, role } = state;
  return { id: userId, email, displayName, role };
}
