/** A user as a decider. */
import type { UserEvent } from '@foldline/contracts';
import type { Decider } from '@foldline/decider';
import type { UserCommand } from './user.commands';
import { decide } from './user.decide';
import { evolve } from './user.evolve';
import type { UserRejection } from './user.rejections';
import { initial, type UserState } from './user.state';

export const userDecider: Decider<UserCommand, UserState, UserEvent, UserRejection> = { initial, decide, evolve };
