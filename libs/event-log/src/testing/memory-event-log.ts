/** The event log in memory, for tests of what is built on it; it passes the same contract suite as the real one. */
import { randomUUID } from 'node:crypto';
import { encodeEvent, type EncodedEvent, type LogHead, type LogName, type StoredEvent } from '@foldline/contracts';
import { checkAppend, type CheckedAppend } from '../checked-append';
import { readStored } from '../stored-events';
import type {
  Append,
  AppendResult,
  EventLog,
  JoinedPage,
  ParkedTrigger,
  StepState,
  StoredCommand,
  StreamSnapshot,
  StreamTail,
} from '../event-log.port';

const copy = <T>(value: T): T => (value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T));
/** As a database would, lets others go on meanwhile. */
const nextTurn = () => new Promise(resolve => setImmediate(resolve));
type Parked = ParkedTrigger & { readonly log: LogName; readonly parkedAt: string };

export class MemoryEventLog implements EventLog {
  private readonly incarnation = randomUUID();
  private readonly events: StoredEvent[] = [];
  private readonly streams = new Map<string, StoredEvent[]>();
  private readonly commands = new Map<string, StoredCommand>();
  private readonly lastOfCommand = new Map<string, number>();
  private readonly claims = new Map<string, string>();
  private readonly snapshots = new Map<string, StreamSnapshot>();
  private readonly steps = new Map<string, StepState>();
  private readonly parked = new Map<string, Parked[]>();
  private readonly listeners = new Set<(head: number) => void>();

  constructor(
    readonly log: LogName,
    private readonly maxEventBytes = 900_000,
  ) {}

  async append(append: Append): Promise<AppendResult> {
    const checked = checkAppend(this.log, append, this.maxEventBytes);
    await nextTurn();
    const refused = this.repeated(checked) ?? this.refused(append);
    if (refused) return refused;
    const recordedAt = this.write(checked);
    if (checked.events.length > 0) for (const listener of this.listeners) listener(this.events.length);
    return { kind: 'appended', incarnation: this.incarnation, position: this.events.length, recordedAt };
  }

  async load(stream: string, after: number, fingerprint?: string): Promise<StreamTail> {
    const found = this.snapshots.get(stream);
    const usable = found && found.fingerprint === fingerprint && found.version > after;
    const all = this.streams.get(stream) ?? [];
    const { incarnation } = this;
    const snapshot = usable
      ? {
          version: found.version,
          state: copy(found.state),
          at: { incarnation, position: all[found.version - 1]!.position },
        }
      : undefined;
    const events = all.slice(snapshot?.version ?? after).map(event => readStored(copy(event)));
    return { stream, events, more: false, ...(snapshot && { snapshot }) };
  }

  async saveSnapshots(snapshots: readonly StreamSnapshot[]): Promise<void> {
    for (const snapshot of snapshots) {
      const stored = this.snapshots.get(snapshot.stream);
      if (!stored || snapshot.version > stored.version || snapshot.fingerprint !== stored.fingerprint)
        this.snapshots.set(snapshot.stream, copy(snapshot));
    }
  }

  async read(after: number, limit: number, maxBytes?: number): Promise<readonly StoredEvent[]> {
    await nextTurn();
    return this.page(after, limit, maxBytes);
  }

  async readEncoded(after: number, limit: number, maxBytes?: number): Promise<readonly EncodedEvent[]> {
    return (await this.read(after, limit, maxBytes)).map(encodeEvent);
  }

  async readJoined(
    after: number,
    limit: number,
    maxBytes?: number,
    without: readonly string[] = [],
  ): Promise<JoinedPage> {
    const page = await this.readEncoded(after, limit, maxBytes);
    const kept = page.filter(({ type }, i) => !without.includes(type) || i === 0 || i === page.length - 1);
    return { pieces: kept.map(({ text }) => text), leftOut: page.length - kept.length };
  }

  recentlyAppended(after: number, limit: number, maxBytes?: number): readonly EncodedEvent[] {
    return this.page(after, limit, maxBytes).map(encodeEvent);
  }

  async head(at?: number): Promise<LogHead> {
    const recordedAt = this.events.at(-1)?.recordedAt ?? null;
    const eventIdAt = at === undefined ? undefined : (this.events[at - 1]?.eventId ?? null);
    return {
      incarnation: this.incarnation,
      position: this.events.length,
      recordedAt,
      ...(at !== undefined && { eventIdAt }),
    };
  }

  async findCommand(ids: readonly string[]): Promise<StoredCommand | undefined> {
    return copy(ids.map(id => this.commands.get(id)).find(found => found !== undefined));
  }

  async findClaim(scope: string, value: string): Promise<string | undefined> {
    return this.claims.get(JSON.stringify([scope, value]));
  }

  async stepState(step: string, log: LogName): Promise<StepState | undefined> {
    return this.steps.get(`${step} ${log}`);
  }

  async parkedTriggers(step: string): Promise<readonly Parked[]> {
    const parked = copy(this.parked.get(step) ?? []);
    return parked.sort((a, b) => (a.log === b.log ? a.position - b.position : a.log < b.log ? -1 : 1));
  }

  onAppended(listener: (head: number) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.listeners.clear();
  }

  /** What the purge does after a day. */
  forgetCommands(): void {
    this.commands.clear();
  }

  private page(after: number, limit: number, maxBytes = Infinity): readonly StoredEvent[] {
    const page: StoredEvent[] = [];
    let bytes = 0;
    for (const event of this.events.slice(after, after + limit)) {
      bytes += Buffer.byteLength(JSON.stringify(event));
      if (page.length > 0 && bytes > maxBytes) break;
      page.push({ ...copy(event), previousId: this.events[event.position - 2]?.eventId ?? '' });
    }
    return page;
  }

  private repeated({ append: { command }, events }: CheckedAppend): AppendResult | undefined {
    const { incarnation } = this;
    const found = [command.id, ...(command.alsoStoredAs ?? [])].map(id => this.commands.get(id)).find(one => one);
    if (found) {
      const sameRequest = found.requestHash === (command.requestHash ?? null);
      return { kind: 'duplicate', incarnation, position: found.position, sameRequest, result: copy(found.result) };
    }
    const position = this.lastOfCommand.get(command.id);
    if (position === undefined || events.length === 0) return undefined;
    return { kind: 'duplicate', incarnation, position, sameRequest: true, result: null };
  }

  private refused({ writes, claims = [], checkpoint }: Append): AppendResult | undefined {
    for (const { stream, expectedVersion } of writes) {
      const actual = this.streams.get(stream)?.length ?? 0;
      if (actual !== expectedVersion) return { kind: 'conflict', stream, actual };
    }
    for (const { scope, value, stream } of claims)
      if ((this.claims.get(JSON.stringify([scope, value])) ?? stream) !== stream) return { kind: 'claim-taken', scope };
    if (!checkpoint) return undefined;
    const actual = this.steps.get(`${checkpoint.step} ${checkpoint.log}`)?.position ?? 0;
    return actual === checkpoint.from ? undefined : { kind: 'checkpoint-moved', actual };
  }

  private write({ append, events, keepsCommand }: CheckedAppend): string {
    const { command, claims = [], releases = [], checkpoint } = append;
    const { incarnation, log } = this;
    const recordedAt = new Date(
      Math.max(Date.now(), Date.parse(this.events.at(-1)?.recordedAt ?? '1970')),
    ).toISOString();
    for (const { data, metadata, bytes: _, ...event } of events) {
      const parsed = { data: JSON.parse(data) as object, metadata: JSON.parse(metadata) as StoredEvent['metadata'] };
      const stored = { log, incarnation, position: this.events.length + 1, ...event, ...parsed, recordedAt };
      this.events.push(stored);
      this.lastOfCommand.set(command.id, stored.position);
      const stream = this.streams.get(event.stream);
      if (stream) stream.push(stored);
      else this.streams.set(event.stream, [stored]);
    }
    if (keepsCommand) {
      const { requestHash = null, result = null } = command;
      this.commands.set(command.id, { incarnation, position: this.events.length, requestHash, result: copy(result) });
    }
    for (const { scope, value, stream } of releases)
      if (this.claims.get(JSON.stringify([scope, value])) === stream)
        this.claims.delete(JSON.stringify([scope, value]));
    for (const { scope, value, stream } of claims) this.claims.set(JSON.stringify([scope, value]), stream);
    if (checkpoint) {
      const { step, log: from, incarnation: other, to, eventId, parked = [] } = checkpoint;
      this.steps.set(`${step} ${from}`, { incarnation: other, position: to, eventId });
      const before = this.parked.get(step) ?? [];
      this.parked.set(step, [...before, ...parked.map(one => ({ ...one, log: from, parkedAt: recordedAt }))]);
    }
    return recordedAt;
  }
}
