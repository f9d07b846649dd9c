/** Plain JSON on the wire instead of Nest's own packets, so that any NATS client can ask. */
import type { Deserializer, Serializer } from '@nestjs/microservices';

interface Outgoing {
  readonly response?: unknown;
  readonly err?: unknown;
}

export const jsonDeserializer: Deserializer = {
  /** What is not JSON reaches the handler as undefined, and is refused there. */
  deserialize(bytes: Uint8Array, options?: { channel?: string }) {
    let data: unknown;
    try {
      data = JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch {
      data = undefined;
    }
    return { pattern: options?.channel, data, id: 'request' };
  },
};

const messageOf = (err: unknown): string =>
  typeof err === 'string' ? err : String((err as { message?: unknown }).message ?? 'failed');

const refusal = (message: string) => ({ data: Buffer.from(JSON.stringify({ error: { code: 'refused', message } })) });

/** `most`: bytes that the broker carries in one message. More is an error for who asked; publishing it would end the process. */
export const jsonSerializer = (most: () => number): Serializer => ({
  serialize({ response, err }: Outgoing) {
    if (err !== undefined) return refusal(messageOf(err));
    const data = response instanceof Uint8Array ? response : Buffer.from(JSON.stringify(response ?? {}));
    if (data.length <= most()) return { data };
    return refusal(
      `the answer has ${data.length} bytes, and the broker carries at most ${most()}: make max_payload of nats-server larger`,
    );
  },
});
