/** Deliberate defects, as changes to a copy of the sources. A mutant that lives is a hole in the checker. */

export interface Edit {
  readonly file: string;
  /** Stands in the file exactly once. */
  readonly find: string;
  readonly put: string;
}

export interface Mutant {
  readonly name: string;
  /** What is wrong in it. */
  readonly defect: string;
  readonly edits: readonly Edit[];
  /** What is built from the copy. */
  readonly builds: readonly string[];
  /** Rows of the fault matrix that bring it to light; none: it shows by itself. */
  readonly faults: string;
  /** Invariants of which at least one must fail. */
  readonly caughtBy: readonly string[];
  /** How long clients act; default 0.5. */
  readonly minutes?: number;
}

const WRITERS = ['users', 'products', 'orders'];
const SQL = 'libs/event-log/src/sql';
const RUNNER = 'libs/projections/src/runner';
const STORE = 'libs/projections/src/postgres/pg-projection-store.ts';
const SWITCHING = 'libs/projections/src/postgres/switching.ts';
const NOTHING = '{ changes: {}, parked: [] }';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'hole-not-filled',
    defect: 'a hole is noticed, and the owner is not asked for what is missing',
    edits: [{ file: `${RUNNER}/owner-dialogue.ts`, find: '    await this.fill(head);\n', put: '' }],
    builds: ['user-orders-query'],
    faults: '37',
    caughtBy: ['I10'],
  },
  {
    name: 'head-not-asked',
    defect: 'the head of the log is not compared on a timer, so a lost tail stays lost',
    edits: [
      {
        file: `${RUNNER}/owner-dialogue.ts`,
        find: 'lane.askOwner.wait(settings.headEveryMs)',
        put: 'lane.askOwner.wait()',
      },
    ],
    builds: ['user-orders-query'],
    faults: '37',
    caughtBy: ['I10'],
  },
  {
    name: 'gaps-applied-over',
    defect: 'events are applied as they come, whatever is missing before them',
    edits: [
      {
        file: `${RUNNER}/reorder-buffer.ts`,
        find: '    while (this.held.has(this.whole + 1)) this.whole++;',
        put: '    for (const at of this.held.keys()) this.whole = Math.max(this.whole, at);',
      },
      {
        file: `${RUNNER}/reorder-buffer.ts`,
        find: 'events.push(this.held.get(position)!.event);',
        put: 'if (this.held.has(position)) events.push(this.held.get(position)!.event);',
      },
    ],
    builds: ['user-orders-query'],
    faults: '37',
    caughtBy: ['I8', 'I9'],
  },
  {
    name: 'checkpoint-before-rows',
    defect: 'the checkpoint is committed first, the rows after it',
    edits: [
      {
        file: STORE,
        find: '        if (await this.write(write)) {',
        put: `        const first = { ...write, projection: this.projection, generation: this.generation, folded: ${NOTHING} };
        if (!(await writeBatch(this.pool, first))) continue;
        if (await this.write({ ...write, mark: write.nextMark, nextMark: (write.nextMark = randomUUID()) })) {`,
      },
    ],
    builds: ['user-orders-query'],
    faults: '3',
    caughtBy: ['I8', 'I9', 'I21'],
  },
  {
    name: 'rows-before-checkpoint',
    defect: 'the rows are committed first, the checkpoint after them: a crash in between applies twice',
    edits: [
      {
        file: STORE,
        find: '        if (await this.write(write)) {',
        put: `        const kept = from.position > 0 ? from : checkpoint;
        if (await this.write({ ...write, checkpoint: kept })) {
          const rest = { projection: this.projection, generation: this.generation, checkpoint, folded: ${NOTHING} };
          await writeBatch(this.pool, { ...write, ...rest, mark: write.nextMark, nextMark: (write.nextMark = randomUUID()) });`,
      },
    ],
    builds: ['user-orders-query'],
    faults: '3',
    caughtBy: ['I8', 'I9', 'I21'],
  },
  {
    name: 'version-not-checked',
    defect: 'an append is taken at whatever version the stream is',
    edits: [
      { file: `${SQL}/009-outdated.sql`, find: ' where w.actual <> w.expected;', put: ' where false;' },
      {
        file: `${SQL}/013-append.sql`,
        find: 'e.stream, e.version, e.type,',
        put: `e.stream, (select coalesce(max(x.version), 0) from log.events x where x.stream = e.stream)::int
           + (row_number() over (partition by e.stream order by e.version))::int, e.type,`,
      },
    ],
    builds: ['setup', ...WRITERS],
    faults: 'none',
    caughtBy: ['I3', 'I11'],
    minutes: 1,
  },
  {
    name: 'relay-skips',
    defect: 'the relay leaves out the first event of every page of several',
    edits: [
      {
        file: 'libs/relay/src/relay.ts',
        find: 'this.ports.publisher.publish(events)',
        put: 'this.ports.publisher.publish(events.length > 1 ? events.slice(1) : events)',
      },
    ],
    builds: ['products', 'orders'],
    faults: 'none',
    caughtBy: ['WIRE'],
  },
  {
    name: 'token-ignored',
    defect: 'a read is answered at once, whatever its token asks for',
    edits: [
      {
        file: 'apps/user-orders-query/src/query/fresh-reads.ts',
        find: "if (verdict.kind === 'reached' && !missing) return",
        put: 'if (!missing) return',
      },
    ],
    builds: ['user-orders-query'],
    faults: 'none',
    caughtBy: ['I14'],
  },
  {
    name: 'owner-not-checked',
    defect: 'whoever is signed in sees everybody',
    edits: [
      {
        file: 'libs/service-kit/src/auth/access.guard.ts',
        find: "if (access?.kind === 'self-or-admin' && params[access.param] === userId) return;",
        put: "if (access?.kind === 'self-or-admin') return void [params, userId];",
      },
    ],
    builds: ['user-orders-query'],
    faults: 'none',
    caughtBy: ['I20'],
  },
  {
    name: 'key-not-stored',
    defect: 'the answer of a key is not stored with the append',
    edits: [
      {
        file: `${SQL}/013-append.sql`,
        find: '     where c.n <> all (refused_ns);\n  end if;\n\n  if written',
        put: '     where false;\n  end if;\n\n  if written',
      },
    ],
    builds: ['setup', ...WRITERS],
    faults: 'none',
    caughtBy: ['I17', 'I17r'],
  },
  {
    name: 'oversells',
    defect: 'stock is compared with what there was a little earlier',
    edits: [
      {
        file: 'apps/products/src/domain/product.decide.ts',
        find: 'if (quantity > available) return',
        put: 'if (quantity > available + 3) return',
      },
    ],
    builds: ['products'],
    faults: 'none',
    caughtBy: ['I11'],
  },
  {
    name: 'parked-key-flows-on',
    defect: 'what comes after a parked event of its key is applied',
    edits: [
      {
        file: 'libs/projections/src/fold/fold-batch.ts',
        find: 'if (waitsBehind(waiting, key, stored))',
        put: 'if (false as boolean)',
      },
    ],
    builds: ['user-orders-query'],
    faults: '47',
    caughtBy: ['I8'],
  },
  {
    name: 'fork-not-noticed',
    defect: 'the event at the checkpoint is not compared with the one the log holds there now',
    edits: [
      { file: `${RUNNER}/judgements.ts`, find: 'if (head.eventIdAt !== at.eventId)', put: 'if (false as boolean)' },
    ],
    builds: ['user-orders-query', 'products'],
    faults: '20',
    caughtBy: ['F20'],
    minutes: 0.1,
  },
  {
    name: 'link-not-checked',
    defect: 'an event is applied at the next position, whatever event it says is before it',
    edits: [
      {
        file: `${RUNNER}/judgements.ts`,
        find: 'if (event.previousId !== previous) return i;',
        put: 'if (previous === undefined) return i;',
      },
    ],
    builds: ['user-orders-query', 'products'],
    faults: '20',
    caughtBy: ['F20'],
    minutes: 0.1,
  },
  {
    name: 'foreign-refill',
    defect: 'what an owner gives is taken without a look whether it is of the log that was applied',
    edits: [
      { file: `${RUNNER}/judgements.ts`, find: 'if (head.eventIdAt !== at.eventId)', put: 'if (false as boolean)' },
      {
        file: `${RUNNER}/judgements.ts`,
        find: 'if (event.previousId !== previous) return i;',
        put: 'if (previous === undefined) return i;',
      },
    ],
    builds: ['user-orders-query', 'products'],
    faults: '20',
    caughtBy: ['F20'],
    minutes: 0.1,
  },
  {
    name: 'silence-is-success',
    defect: 'an append that was never answered counts as written',
    edits: [
      {
        file: 'libs/event-log/src/postgres/append-lane.ts',
        find: 'if (this.closing || Date.now() + wait > giveUpAt) throw unavailable(error, unknown);',
        put: `if (this.closing) throw unavailable(error, unknown);
        if (Date.now() + wait > giveUpAt) {
          const written = { kind: 'appended', incarnation: crypto.randomUUID(), position: 1, recordedAt: new Date().toISOString() };
          return { results: appends.map(() => written as AppendResult), head: 0 };
        }`,
      },
    ],
    builds: WRITERS,
    faults: '14',
    caughtBy: ['I1'],
    minutes: 0.8,
  },
  {
    name: 'claims-not-checked',
    defect: 'a claim that another stream holds is no obstacle',
    edits: [{ file: `${SQL}/010-contested.sql`, find: ' where not c.release\n', put: ' where false\n' }],
    builds: ['setup', ...WRITERS],
    faults: 'none',
    caughtBy: ['I16'],
  },
  {
    name: 'confirms-again',
    defect: 'an order is confirmed whatever its state',
    edits: [
      {
        file: 'apps/orders/src/domain/order.decide.ts',
        find: "return order.status === 'placed' ? accept<OrderEvent>({ type: 'OrderConfirmed'",
        put: "return order.status !== 'cancelled' ? accept<OrderEvent>({ type: 'OrderConfirmed'",
      },
    ],
    builds: ['orders'],
    faults: 'none',
    caughtBy: ['I13'],
  },
  {
    name: 'cancel-keeps-stock',
    defect: 'a cancelled order gives nothing back',
    edits: [
      {
        file: 'apps/products/src/reservation/reservation.step.ts',
        find: 'reactions.push({ stream, events: decision.events });',
        put: 'reactions.push({ stream, events: [] });',
      },
    ],
    builds: ['products'],
    faults: 'none',
    caughtBy: ['I12', 'I13'],
  },
  {
    name: 'pages-stay-old',
    defect: 'a ready page is shown as it was, while a renamed product is being written into it',
    edits: [
      {
        file: 'apps/user-orders-query/src/pages/page-overlay.ts',
        find: 'return body => products.reduce((text, [productId, fields]) => withFields(text, productId, fields), body);',
        put: 'return body => (withFields(body, products[0]![0], products[0]![1]) ? body : body);',
      },
      {
        file: 'apps/user-orders-query/src/pages/page-fanout.ts',
        find: '  if (count === 0) return false;\n',
        put: '  if (count >= 0) return false;\n',
      },
    ],
    builds: ['user-orders-query'],
    faults: 'none',
    caughtBy: ['I8r'],
  },
  {
    name: 'switch-not-fenced',
    defect: 'another generation serves at once, however far it is behind',
    edits: [{ file: SWITCHING, find: 'if (what.length === 0) break;', put: 'if (what.length >= 0) break;' }],
    builds: ['replay'],
    faults: '48',
    caughtBy: ['I18'],
  },
  {
    name: 'rollback-to-stale',
    defect: 'the way back is taken without looking how far the generation before is',
    edits: [
      {
        file: SWITCHING,
        find: 'if (what.length === 0) break;',
        put: 'if (what.length === 0 || generation < serving) break;',
      },
    ],
    builds: ['replay'],
    faults: '48',
    caughtBy: ['I18'],
  },
  {
    name: 'only-serving-kept',
    defect: 'a generation that does not serve is not kept current',
    edits: [
      {
        file: 'libs/service-runtime/src/generation-keeper.ts',
        find: `for (const { generation, state } of there)
      if (state === 'ready'`,
        put: `for (const { generation, state, serving: serves } of there)
      if (serves && state === 'ready'`,
      },
    ],
    builds: ['user-orders-query'],
    faults: '48',
    caughtBy: ['I18'],
  },
  {
    name: 'hand-over-skips',
    defect: 'a rebuild leaves out the event at which the service goes on',
    edits: [
      {
        file: 'libs/projections/src/replay/rebuild.ts',
        find: '      this.fold.fold(event);',
        put: '      if (event.position !== head.position) this.fold.fold(event);',
      },
    ],
    builds: ['replay'],
    faults: '48',
    caughtBy: ['I18'],
  },
];
