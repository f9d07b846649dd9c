/** The first admin comes from the settings; nobody can sign up as one. */
import { streamOf, type UserId } from '@foldline/contracts';
import { newId } from '@foldline/service-kit';
import { metadataOf } from '@foldline/service-runtime';
import { emailClaim, EMAIL_SCOPE, emailValue, normalEmail } from './credentials/email-claims';
import type { UserTools } from './user.handlers';

/** Does nothing where the address has an account already. */
export async function ensureFirstAdmin(
  { log, credentials, passwords }: UserTools,
  email: string,
  password: string,
  traceparent: string,
): Promise<void> {
  if (await log.findClaim(EMAIL_SCOPE, emailValue(email))) return;
  const userId = newId<UserId>();
  const stream = streamOf.user(userId);
  await credentials.keep(userId, await passwords.hash(password));
  const key = { id: newId(), keyed: false };
  const data = { userId, role: 'admin', personal: { email: normalEmail(email), displayName: 'Admin' } };
  const { kind } = await log.append({
    writes: [{ stream, expectedVersion: 0, events: [{ type: 'UserSignedUp', data }] }],
    claims: [emailClaim(email, stream)],
    command: { id: key.id },
    metadata: metadataOf({ key, instance: '', traceparent, traceId: '' }),
  });
  if (kind !== 'appended') await credentials.remove(userId);
}
