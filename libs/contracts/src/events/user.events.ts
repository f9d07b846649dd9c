/** What happened to users. Personal data stands alone under `personal`, so that it can be encrypted or shredded per subject. */
import { Type } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import type { UserId } from '../ids';
import { IsId, IsOneOf, IsText } from '../rules';
import { defineEvents, type EventOf } from './define';

export const ROLES = ['customer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export class UserIdentity {
  @IsText(3, 320) email: string;
  @IsText(1, 100) displayName: string;
}

export class UserName {
  @IsText(1, 100) displayName: string;
}

export class UserSignedUpV1 {
  @IsId() userId: UserId;
  @IsOneOf(ROLES) role: Role;
  @ValidateNested() @Type(() => UserIdentity) personal: UserIdentity;
}

export class UserProfileChangedV1 {
  @IsId() userId: UserId;
  @ValidateNested() @Type(() => UserName) personal: UserName;
}

export class UserRoleChangedV1 {
  @IsId() userId: UserId;
  @IsOneOf(ROLES) role: Role;
}

export class UserClosedV1 {
  @IsId() userId: UserId;
}

export const userEvents = defineEvents('users', {
  UserSignedUp: [UserSignedUpV1],
  UserProfileChanged: [UserProfileChangedV1],
  UserRoleChanged: [UserRoleChangedV1],
  UserClosed: [UserClosedV1],
});
export type UserEvent = EventOf<typeof userEvents.types>;
