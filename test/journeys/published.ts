/** What the broker holds of every log, read with the rights of the log's owner. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, nkeyAuthenticator } from 'nats';
import type { Shop } from './shop';

export interface PublishedMessage {
  readonly subject: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly event: { readonly type: string };
}

/** From the first message to the last one at this moment. */
export async function* publishedBy(shop: Shop, servers: string): AsyncGenerator<PublishedMessage> {
  const { nats } = JSON.parse(await readFile(join(shop.dataDir, 'secrets.json'), 'utf8')) as {
    nats: Record<string, { seed: string }>;
  };
  for (const log of ['users', 'products', 'orders']) {
    const authenticator = nkeyAuthenticator(new TextEncoder().encode(nats[log]!.seed));
    const connection = await connect({ servers, authenticator, inboxPrefix: `_INBOX_${log}`, timeout: 30_000 });
    try {
      const { streams } = await connection.jetstreamManager({ checkAPI: false, timeout: 30_000 });
      const { state } = await streams.info(log.toUpperCase());
      for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
        const { subject, header, data } = await streams.getMessage(log.toUpperCase(), { seq });
        const headers = Object.fromEntries([...header].map(([name, [value]]) => [name, value ?? '']));
        yield { subject, headers, event: JSON.parse(new TextDecoder().decode(data)) as PublishedMessage['event'] };
      }
    } finally {
      await connection.close();
    }
  }
}
