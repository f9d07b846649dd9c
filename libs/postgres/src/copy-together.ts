/** Several COPYs and a statement as one transaction in one message: nothing is waited for between them. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type { Connection as Wire, Submittable } from 'pg';
import type { Connection } from './connection';

export interface Copy {
  /** `copy ... from stdin` */
  readonly sql: string;
  /** Lines of COPY's text format. */
  readonly chunks: Iterable<string>;
}

/** What the driver has for this, and its types do not tell. */
interface CopyWire {
  readonly stream: Socket;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
}

/**
 * Statements of one query message are one transaction, and the server takes the data of each COPY from what follows the message, so all of it is sent
 * ahead. After a refusal it passes over the data that still comes (PostgreSQL, "Frontend/Backend Protocol", COPY Operations).
 */
class CopiesTogether implements Submittable {
  readonly done: Promise<void>;
  private settle!: { resolve(): void; reject(error: unknown): void };
  private over = false;
  private failure: unknown;

  constructor(
    private readonly copies: readonly Copy[],
    private readonly last: string,
  ) {
    this.done = new Promise((resolve, reject) => (this.settle = { resolve, reject }));
  }

  submit(connection: Wire): void {
    const wire = connection as unknown as CopyWire;
    wire.query([...this.copies.map(({ sql }) => sql), this.last].join(';\n'));
    this.send(wire).catch((error: unknown) => {
      this.failure = error;
      if (!this.over) wire.sendCopyFail(error instanceof Error ? error.message : String(error));
    });
  }

  /** The driver puts its own in this place, and counts the time until it is called. */
  callback(): void {}

  handleError(error: unknown): void {
    this.end();
    this.settle.reject(this.failure ?? error);
  }

  handleReadyForQuery(): void {
    this.end();
    this.settle.resolve();
  }

  handleCopyInResponse(): void {}
  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}

  private end(): void {
    this.over = true;
    this.callback();
  }

  private async send(wire: CopyWire): Promise<void> {
    for (const { chunks } of this.copies) {
      for (const chunk of chunks) {
        if (this.over) return;
        wire.sendCopyFromChunk(Buffer.from(chunk));
        if (wire.stream.writableNeedDrain) await once(wire.stream, 'drain');
      }
      if (this.over) return;
      wire.endCopyFrom();
    }
  }
}

/** Commits all of it or nothing. Rejects with the first refusal, with what the chunks threw, or with ConnectionLostError before anything is sent. */
export async function copyTogether(connection: Connection, copies: readonly Copy[], last: string): Promise<void> {
  await connection.submit(new CopiesTogether(copies, last)).done;
}
