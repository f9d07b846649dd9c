/** The broker asked as its operator asks it. */
import { connect, nkeyAuthenticator, type JetStreamManager, type NatsConnection } from 'nats';
import type { ChaosStack } from './chaos-stack';

export const STREAMS = ['USERS', 'PRODUCTS', 'ORDERS'] as const;

/** A session with every right, past the proxies. */
export async function withBroker<T>(
  stack: ChaosStack,
  work: (connection: NatsConnection, manager: JetStreamManager) => Promise<T>,
): Promise<T> {
  const connection = await connect({
    servers: stack.natsUrls,
    authenticator: nkeyAuthenticator(new TextEncoder().encode(stack.natsSeed)),
  });
  try {
    return await work(connection, await connection.jetstreamManager({ checkAPI: false, timeout: 5000 }));
  } finally {
    await connection.close();
  }
}
