/** Where a process step's triggers go: one append a batch, with the step's checkpoint in it, so each is handled exactly once. */
import { setTimeout as pause } from 'node:timers/promises';
import { InvalidEventError, type LogName, type Positions } from '@foldline/contracts';
import {
  EventTooLargeError,
  type AppendResult,
  type EventLog,
  type NewEvent,
  type StateStore,
} from '@foldline/event-log';
import type { Applied, Batch, Checkpoint, Sink } from '@foldline/projections';
import { v5 } from 'uuid';
import type { ProcessStep } from './process-step';
import { reactBatch, readTriggers, type Reacted, type Trigger } from './react-batch';

const NAMESPACE = '3f0a6a53-4c8e-5b8e-8f0e-2f5d7c1b9a44';
const MOST_PAUSE_MS = 50;

export interface StepSinkPorts<State, Event extends NewEvent> {
  readonly log: EventLog;
  readonly states: StateStore<State, Event>;
  /** Told when others wrote to the same streams meanwhile: the batch is decided again. */
  onConflict?(stream: string, attempt: number): void;
  /** Told after every append: which streams were written, and where that stands. */
  onWritten?(streams: readonly string[], positions: Positions): void;
}

export class StepSink<From extends LogName, State, Event extends NewEvent> implements Sink {
  readonly name: string;
  readonly logs: readonly LogName[];
  readonly maxBatch = 500;
  readonly wayOut =
    'A process step is never replayed, since its effects are real: see "A step halted" in docs/operations.md';
  readonly wayOutOfParked = 'See "Events are parked" in docs/operations.md';
  private parkedKeys: Set<string> | undefined;

  constructor(
    private readonly step: ProcessStep<From, State, Event>,
    private readonly ports: StepSinkPorts<State, Event>,
  ) {
    this.name = step.name;
    this.logs = [step.from];
  }

  async checkpoint(log: LogName): Promise<Checkpoint | undefined> {
    this.parkedKeys = undefined;
    return this.ports.log.stepState(this.step.name, log);
  }

  /** Halves a batch that the log refuses to store until the trigger is alone that must be parked. */
  async apply(batch: Batch): Promise<Applied> {
    const triggers = readTriggers<From>(this.step, batch.events);
    try {
      return await this.applyTriggers(batch, triggers);
    } catch (error) {
      if (!(error instanceof EventTooLargeError || error instanceof InvalidEventError)) throw error;
      const [{ stored, key }] = triggers as [Trigger<From>];
      if (triggers.length === 1) return this.applyTriggers(batch, [{ stored, key, reason: error.message }]);
      return this.apply({ ...batch, events: batch.events.slice(0, Math.floor(triggers.length / 2)) });
    }
  }

  /** A conflict means that somebody else wrote to one of the streams: load them again, decide the whole batch again. */
  private async applyTriggers(batch: Batch, triggers: readonly Trigger<From>[]): Promise<Applied> {
    const { states } = this.ports;
    this.parkedKeys ??= await this.readParkedKeys(batch.log);
    const streams = new Set(triggers.flatMap(trigger => ('event' in trigger ? trigger.streams : [])));
    const last = batch.events.at(-1)!;
    const checkpoint = { incarnation: last.incarnation, position: last.position, eventId: last.eventId };
    for (let attempt = 0; ; attempt += 1) {
      const reacted = reactBatch(this.step, triggers, await states.loadMany(streams), this.parkedKeys);
      const result = await this.append(batch, checkpoint, reacted);
      switch (result.kind) {
        case 'conflict':
          for (const { stream } of reacted.writes) states.forget(stream);
          // Also one that the step took for new: decided by what is really there, it cannot conflict for ever.
          streams.add(result.stream);
          this.ports.onConflict?.(result.stream, attempt);
          await pause(Math.random() * Math.min(MOST_PAUSE_MS, 5 * attempt));
          continue;
        case 'checkpoint-moved':
          return { kind: 'moved', checkpoint: (await this.checkpoint(batch.log)) ?? batch.from };
        case 'claim-taken':
          throw new Error('a process step takes no claims');
        case 'duplicate':
          for (const { stream } of reacted.writes) states.forget(stream);
          return this.applied(batch, checkpoint, reacted, result);
        case 'appended':
          for (const [stream, { state, version }] of reacted.after)
            states.remember(stream, version, state, { incarnation: result.incarnation, position: result.position });
          return this.applied(batch, checkpoint, reacted, result);
      }
    }
  }

  private async readParkedKeys(from: LogName): Promise<Set<string>> {
    const parked = await this.ports.log.parkedTriggers(this.step.name);
    return new Set(parked.filter(({ log }) => log === from).map(({ key }) => key));
  }

  private append({ log, from }: Batch, to: Checkpoint, { writes, parked }: Reacted<State>): Promise<AppendResult> {
    const { name } = this.step;
    // The same batch has the same id, so an append whose outcome was lost cannot be written twice.
    const id = v5(`${name} ${to.incarnation} ${from.position} ${to.position}`, NAMESPACE);
    return this.ports.log.append({
      writes,
      command: { id },
      metadata: { correlationId: id, causationId: to.eventId },
      checkpoint: {
        step: name,
        log,
        incarnation: to.incarnation,
        from: from.position,
        to: to.position,
        eventId: to.eventId,
        ...(parked.length > 0 && { parked }),
      },
    });
  }

  private applied(
    { from, events }: Batch,
    checkpoint: Checkpoint,
    { writes, parked }: Reacted<State>,
    { incarnation, position }: { incarnation: string; position: number },
  ): Applied {
    for (const { key } of parked) this.parkedKeys?.add(key);
    this.ports.onWritten?.(
      writes.map(({ stream }) => stream),
      { [this.ports.log.log]: { incarnation, position } },
    );
    const told = parked.map(({ position, key, reason }) => {
      const { type } = events[position - from.position - 1]!;
      return { position, type, key, reason };
    });
    return { kind: 'applied', checkpoint, parked: told };
  }
}
