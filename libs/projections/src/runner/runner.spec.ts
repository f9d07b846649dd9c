import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@foldline/testing';
import { idOf, RecordingSink, SampleLog, SampleOwner, ScriptedFeed } from '../testing';
import { Runner } from './runner';
import type { RunnerSettings } from './settings';

const fast = { headEveryMs: 40, patienceMs: 5, retryMinMs: 2, retryMaxMs: 20 };

function setUp(settings: Partial<RunnerSettings> = {}) {
  const log = new SampleLog('products');
  const owner = new SampleOwner(log);
  const feed = new ScriptedFeed();
  const sink = new RecordingSink();
  const runner = new Runner({ sink, feed, reader: owner }, { ...fast, ...settings });
  running.push(runner);
  const status = () => runner.status().logs[0]!;
  const applied = () => sink.positionsOf('products');
  const start = async () => {
    runner.start();
    await eventually(() => expect(feed.listening).toBe(1));
    await eventually(() => expect(status().head).not.toBeNull());
  };
  const expectLevel = async () => {
    await eventually(() => expect(applied().length).toBeGreaterThanOrEqual(log.events.length));
    expect(sink.applied).toEqual(log.events);
  };
  return { log, owner, feed, sink, runner, status, applied, start, expectLevel };
}

/** As a restore from an older copy, which then goes on with other events under the old identity. */
function setBack(log: SampleLog, to: number): void {
  log.events.splice(to);
  const before = log.incarnation;
  log.incarnation = idOf('for other ids');
  log.appendStock(10);
  log.incarnation = before;
  log.events.forEach((event, i) => (log.events[i] = { ...event, incarnation: before }));
}

const running: Runner[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map(runner => runner.stop()));
});

/** Long enough for the timer to never come in. */
const noTimer = { headEveryMs: 5000 };

describe('runner', () => {
  it('applies what the feed brings, in order and once, and acknowledges after the commit', async () => {
    const { log, feed, start, expectLevel, sink } = setUp(noTimer);
    await start();
    let open!: () => void;
    sink.gate = new Promise(resolve => (open = resolve));
    feed.deliver(...log.appendStock(5));
    await sleep(10);
    expect(feed.acknowledged).toEqual([]);
    open();
    await expectLevel();
    await eventually(() => expect(feed.acknowledged).toEqual(log.events.map(event => event.eventId)));
  });

  it('gathers what arrives during a commit into the next batch', async () => {
    const { log, feed, start, expectLevel, sink } = setUp({ ...noTimer, maxBatch: 50 });
    await start();
    for (const event of log.appendStock(100)) feed.deliver(event);
    await expectLevel();
    expect(sink.batches).toEqual([50, 50]);
  });

  it('applies duplicates once, counts them and lets the feed forget them', async () => {
    const { log, feed, start, expectLevel, status } = setUp(noTimer);
    await start();
    const [a, b, c] = log.appendStock(3);
    feed.deliver(a!, a!, b!, a!);
    await eventually(() => expect(status().position).toBe(2));
    feed.deliver(a!, b!, c!);
    await expectLevel();
    expect(status().duplicates).toBe(4);
    await eventually(() => expect(feed.acknowledged).toHaveLength(7));
  });

  it('waits for what was reordered instead of asking at once', async () => {
    const { log, feed, start, expectLevel, owner } = setUp({ ...noTimer, patienceMs: 100 });
    await start();
    const [a, b, c] = log.appendStock(3);
    feed.deliver(c!, b!, a!);
    await expectLevel();
    expect(owner.asked.read).toBe(0);
  });

  it('fills a hole from the owner without a further message', async () => {
    const { log, feed, start, expectLevel, status, sink } = setUp(noTimer);
    await start();
    const events = log.appendStock(10);
    feed.deliver(events[0]!, events[9]!);
    await expectLevel();
    expect(status().refilled).toBe(8);
    await eventually(() => expect(sink.notes).toMatchObject([{ kind: 'refilled', count: 8 }]));
  });

  it('finds a lost tail by the head, also when the feed delivers nothing at all (D1)', async () => {
    const { log, feed, start, expectLevel, status } = setUp();
    await start();
    const events = log.appendStock(4);
    feed.deliver(events[0]!);
    await expectLevel();
    log.appendStock(100);
    await expectLevel();
    expect(status()).toMatchObject({ state: 'running', lagEvents: 0, lagSeconds: 0, position: 104, head: 104 });
  });

  it('does not ask for what its feed keeps back until there is room for it', async () => {
    const { log, feed, start, expectLevel, owner, sink } = setUp({ maxBatch: 50 });
    await start();
    feed.deliver(...log.appendStock(1));
    await expectLevel();
    let open!: () => void;
    sink.gate = new Promise(resolve => (open = resolve));
    const [some, rest] = [log.appendStock(150), log.appendStock(300)];
    feed.deliver(...some);
    const asked = owner.asked.head;
    await eventually(() => expect(owner.asked.head).toBeGreaterThan(asked + 3));
    expect(owner.asked.read).toBe(0);
    open();
    feed.deliver(...rest);
    await expectLevel();
  });

  describe('far behind', () => {
    /** Its sink applies nothing before `open`. */
    const behind = async () => {
      const all = setUp({ ...noTimer, patienceMs: 60, maxBatch: 20, held: 80, pageSize: 20 });
      const events = all.log.appendStock(600);
      let open!: () => void;
      all.sink.gate = new Promise(resolve => (open = resolve));
      await all.start();
      const bring = async (from: number): Promise<void> => {
        for (let at = from; at < events.length; at += 20) {
          all.feed.deliver(...events.slice(at, at + 20));
          await eventually(() => expect(all.applied().length).toBeGreaterThanOrEqual(at));
        }
      };
      return { ...all, bring, events, open };
    };

    it('reads nothing from the owner that the feed is bringing', async () => {
      const { bring, open, expectLevel, owner } = await behind();
      open();
      await bring(0);
      await expectLevel();
      expect(owner.asked.read).toBe(0);
    });

    it('turns to a feed that comes late, and leaves the rest to it', async () => {
      const { feed, bring, open, status, applied, expectLevel, events } = await behind();
      await eventually(() => expect(status().refilled).toBe(80));
      feed.deliver(...events.slice(0, 80));
      open();
      await eventually(() => expect(applied().length).toBe(80), { every: 5 });
      await bring(80);
      await expectLevel();
      expect(status().refilled).toBeLessThan(200);
    });

    it('reads all of it from the owner when the feed begins with what is new', async () => {
      const { log, feed, open, expectLevel, owner } = await behind();
      open();
      feed.deliver(...log.appendStock(40));
      await expectLevel();
      expect(owner.asked.read).toBeGreaterThanOrEqual(600 / 20);
    });
  });

  it('works without any feed, page by page', async () => {
    const log = new SampleLog('products');
    log.appendStock(1000);
    const sink = new RecordingSink();
    const runner = new Runner(
      { sink, reader: new SampleOwner(log) },
      { ...fast, pageSize: 64, held: 100, maxBatch: 100 },
    );
    running.push(runner);
    runner.start();
    await eventually(() => expect(sink.applied.length).toBe(1000));
    expect(sink.applied).toEqual(log.events);
  });

  describe('without any feed, told that something was appended', () => {
    const poked = async () => {
      const log = new SampleLog('products');
      log.appendStock(1);
      const [sink, owner] = [new RecordingSink(), new SampleOwner(log)];
      const runner = new Runner({ sink, reader: owner }, { ...fast, ...noTimer, pageSize: 10, held: 16, maxBatch: 8 });
      running.push(runner);
      runner.start();
      await eventually(() => expect(sink.applied).toHaveLength(1));
      return { log, sink, owner, runner };
    };

    it('reads on at once, asks for no head, and notes nothing', async () => {
      const { log, sink, owner, runner } = await poked();
      const { head } = owner.asked;
      for (let count = 2; count <= 6; count++) {
        log.appendStock(1);
        runner.poke();
        await eventually(() => expect(sink.applied).toHaveLength(count));
      }
      expect(owner.asked.head).toBe(head);
      expect(runner.status().logs[0]).toMatchObject({ position: 6, head: 6, lagEvents: 0 });
      expect(sink.notes).toEqual([]);
    });

    it('is level also after more than a page, and more than it may hold', async () => {
      const { log, sink, runner } = await poked();
      log.appendStock(100);
      runner.poke();
      await eventually(() => expect(sink.applied).toEqual(log.events));
    });

    it('halts on a log that was set back', async () => {
      const { log, sink, runner } = await poked();
      log.appendStock(4);
      runner.poke();
      await eventually(() => expect(sink.applied).toHaveLength(5));
      setBack(log, 3);
      runner.poke();
      await eventually(() => expect(runner.status().logs[0]).toMatchObject({ state: 'halted' }));
      expect(sink.applied).toHaveLength(5);
    });
  });

  it('goes on from the sink’s own checkpoint', async () => {
    const { log, sink, runner, feed } = setUp();
    const events = log.appendStock(7);
    sink.checkpoints.set('products', { incarnation: log.incarnation, position: 4, eventId: events[3]!.eventId });
    runner.start();
    await eventually(() => expect(sink.positionsOf('products')).toEqual([5, 6, 7]));
    expect(feed.listening).toBe(1);
  });

  it('goes on by the feed alone while the owner is down, and never gives up asking', async () => {
    const { log, feed, start, expectLevel, owner, status, applied } = setUp();
    await start();
    const events = log.appendStock(6);
    feed.deliver(events[0]!);
    await eventually(() => expect(applied()).toEqual([1]));
    owner.down = true;
    feed.deliver(events[1]!, events[3]!);
    await eventually(() => expect(applied()).toEqual([1, 2]));
    await eventually(() => expect(status().reason).toMatch(/does not answer/));
    feed.deliver(events[2]!);
    await eventually(() => expect(applied()).toEqual([1, 2, 3, 4]));
    owner.down = false;
    await expectLevel();
    await eventually(() => expect(status().reason).toBeUndefined());
  });

  it('asks an owner that is back as soon as a reader waits, not when its pause is over', async () => {
    const { log, start, runner, owner, status } = setUp({ ...noTimer, retryMinMs: 400, retryMaxMs: 400 });
    await start();
    owner.down = true;
    log.appendStock(1);
    runner.poke();
    await eventually(() => expect(status().reason).toMatch(/does not answer/));
    owner.down = false;
    const wanted = { products: { incarnation: log.incarnation, position: 1 } };
    expect(await runner.reached(wanted, { timeoutMs: 250 })).toBe('reached');
  });

  it.each([['before anything was written', 'failBefore'] as const, ['after the commit', 'failAfter'] as const])(
    'a store that fails %s leaves neither a loss nor a double',
    async (_, when) => {
      const { log, feed, start, expectLevel, sink, status } = setUp(noTimer);
      await start();
      sink[when] = 2;
      feed.deliver(...log.appendStock(20));
      await expectLevel();
      feed.deliver(...log.appendStock(20));
      await expectLevel();
      expect(sink[when]).toBe(0);
      await eventually(() => expect(status().state).toBe('running'));
    },
  );

  it('a store that came back older is followed back, and what it lost is applied again', async () => {
    const { log, feed, start, expectLevel, sink, applied } = setUp(noTimer);
    await start();
    feed.deliver(...log.appendStock(10));
    await expectLevel();
    sink.checkpoints.set('products', { incarnation: log.incarnation, position: 6, eventId: log.events[5]!.eventId });
    sink.applied.length = 6;
    feed.deliver(...log.appendStock(1));
    await eventually(() => expect(applied()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
  });

  it('two runners on one sink apply everything once between them', async () => {
    const { log, feed, start, expectLevel, sink, owner } = setUp();
    const second = new Runner({ sink, feed: new ScriptedFeed(), reader: owner }, fast);
    running.push(second);
    await start();
    second.start();
    for (let i = 0; i < 50; i++) {
      feed.deliver(...log.appendStock(3));
      await sleep(1);
    }
    await expectLevel();
    await eventually(() => expect(second.positions().products?.position).toBe(150));
  });

  it('believes no message of another incarnation, whatever its position', async () => {
    const { log, feed, start, expectLevel, status, sink } = setUp(noTimer);
    await start();
    feed.deliver(...log.appendStock(2));
    await expectLevel();
    const old = new SampleLog('products', idOf('the log before'));
    feed.deliver(...old.appendStock(9));
    feed.deliver(...log.appendStock(2));
    await expectLevel();
    expect(status().refused).toBe(9);
    await eventually(() =>
      expect(sink.notes.filter(({ kind }) => kind === 'refused').reduce((sum, { count }) => sum + count, 0)).toBe(9),
    );
  });

  it('believes no message of an old incarnation before anything was applied', async () => {
    const { log, feed, runner, expectLevel, owner } = setUp();
    owner.down = true;
    runner.start();
    await eventually(() => expect(feed.listening).toBe(1));
    feed.deliver(...new SampleLog('products', idOf('the log before')).appendStock(9));
    log.appendStock(3);
    await sleep(20);
    owner.down = false;
    await expectLevel();
  });

  it('believes no message of another log', async () => {
    const { log, feed, start, expectLevel, status } = setUp(noTimer);
    await start();
    feed.deliver(...log.appendStock(1));
    feed.deliverTo('products', { ...log.events[0]!, log: 'orders', position: 2 });
    await expectLevel();
    expect(status().refused).toBe(1);
  });

  it('believes no position beyond the head, and goes on', async () => {
    const { log, feed, start, expectLevel, status } = setUp();
    await start();
    feed.deliver(...log.appendStock(2));
    await expectLevel();
    feed.deliver({ ...log.events[0]!, position: 5, eventId: idOf('forged') });
    feed.deliver({ ...log.events[0]!, position: 2 ** 50, eventId: idOf('forged far') });
    await eventually(() => expect(status().refused).toBe(2));
    feed.deliver(...log.appendStock(3));
    await expectLevel();
    await eventually(() => expect(feed.acknowledged).toHaveLength(7));
  });

  it('of two events at one position it takes the one the owner has', async () => {
    const { log, feed, start, expectLevel, status } = setUp(noTimer);
    await start();
    const [a, b, c] = log.appendStock(3);
    feed.deliver({ ...b!, eventId: idOf('forged') }, b!, a!, c!);
    await expectLevel();
    expect(status()).toMatchObject({ state: 'running', refused: 1 });
  });

  it('a position that was contested once is the owner’s to fill, however many more claim it', async () => {
    const { log, feed, start, expectLevel } = setUp();
    await start();
    feed.deliver(...log.appendStock(2));
    await expectLevel();
    const event = log.append('StockReceived', 'product-x', {});
    const stray = { ...event, eventId: idOf('a stray'), previousId: idOf('of nowhere') };
    // With the stray and the event gone, the forged one would stand alone.
    feed.deliver(stray, event, { ...event, eventId: idOf('forged') });
    feed.deliver(...log.appendStock(2));
    await expectLevel();
  });

  it('an event held from the feed that differs from the log is replaced by the owner’s', async () => {
    const { log, feed, start, expectLevel, status } = setUp();
    await start();
    const [, b] = log.appendStock(3);
    feed.deliver({ ...b!, eventId: idOf('forged') });
    await eventually(() => expect(status().state).toBe('running'));
    // A page that covers the forged position only comes when the position itself is missing: a second claim makes it so.
    feed.deliver(b!);
    await expectLevel();
  });

  it('a second event at an applied position is refused when the owner has ours', async () => {
    const { log, feed, start, expectLevel, status } = setUp(noTimer);
    await start();
    feed.deliver(...log.appendStock(5));
    await expectLevel();
    feed.deliver({ ...log.events[2]!, eventId: idOf('forged') });
    await eventually(() => expect(status().refused).toBe(1));
    feed.deliver(...log.appendStock(5));
    await expectLevel();
    expect(status().state).toBe('running');
  });

  it('a second event at an applied position halts when the owner has the other one: a fork', async () => {
    const { log, feed, start, expectLevel, status } = setUp(noTimer);
    await start();
    feed.deliver(...log.appendStock(5));
    await expectLevel();
    log.events[2] = { ...log.events[2]!, eventId: idOf('the other truth') };
    feed.deliver(log.events[2]);
    await eventually(() => expect(status()).toMatchObject({ state: 'halted', position: 5 }));
    expect(status().reason).toMatch(/forked.*replay/);
  });

  it('takes nothing of a log that was set back and grew past the checkpoint before anybody looked', async () => {
    const { log, feed, start, expectLevel, status, sink } = setUp(noTimer);
    await start();
    feed.deliver(...log.appendStock(5));
    await expectLevel();
    setBack(log, 3);
    // Only what comes after the checkpoint arrives: by its position it would be next.
    feed.deliver(...log.events.slice(5));
    await eventually(() => expect(status()).toMatchObject({ state: 'halted', position: 5 }));
    expect(status().reason).toMatch(/forked.*replay/);
    expect(sink.applied).toHaveLength(5);
  });

  it('a made-up next event that does not follow ours is refused, and the log’s own taken', async () => {
    const { log, feed, start, expectLevel, status, sink } = setUp(noTimer);
    await start();
    feed.deliver(...log.appendStock(2));
    await expectLevel();
    feed.deliver({ ...log.events[1]!, position: 3, eventId: idOf('forged'), previousId: idOf('forged before') });
    await eventually(() => expect(status().refused).toBeGreaterThan(0));
    feed.deliver(...log.appendStock(3));
    await expectLevel();
    await eventually(() => expect(sink.notes[0]).toMatchObject({ kind: 'refused', position: 3 }));
  });

  it('an unreadable message is noted, and what it was is asked of the owner', async () => {
    const { log, feed, start, expectLevel, sink } = setUp(noTimer);
    await start();
    feed.deliver(...log.appendStock(1));
    await expectLevel();
    log.appendStock(1);
    feed.corrupt('products');
    await expectLevel();
    await eventually(() => expect(sink.notes[0]).toMatchObject({ kind: 'refused', count: 1 }));
  });

  describe('halts, says why and names the way out, when', () => {
    it.each([
      [
        'the log was restored under a new incarnation',
        'another incarnation',
        (log: SampleLog) => (log.incarnation = idOf('restored')),
      ],
      [
        'the log was restored to before the checkpoint',
        'ends before the checkpoint',
        (log: SampleLog) => log.events.splice(3),
      ],
      [
        'the log was restored and went on past the checkpoint with other events',
        'forked',
        (log: SampleLog) => setBack(log, 3),
      ],
    ])('%s', async (_, reason, restore) => {
      const { log, feed, start, expectLevel, status, sink, runner } = setUp();
      await start();
      feed.deliver(...log.appendStock(5));
      await expectLevel();
      restore(log);
      await eventually(() => expect(status().state).toBe('halted'));
      expect(status().reason).toContain(reason);
      expect(status().reason).toContain('replay');
      feed.deliver(...log.events);
      await sleep(30);
      expect(sink.applied).toHaveLength(5);
      await runner.stop();
      expect(sink.notes.at(-1)).toMatchObject({ kind: 'halted', position: 5 });
    });
  });

  it('readers wait until their positions are applied, and the owner is asked for them at once', async () => {
    const { log, start, runner, sink } = setUp(noTimer);
    await start();
    const wanted = {
      products: { incarnation: log.incarnation, position: 3 },
      users: { incarnation: idOf('u'), position: 9 },
    };
    const reached = runner.reached(wanted, { timeoutMs: 2000 });
    log.appendStock(3);
    expect(await reached).toBe('reached');
    expect(sink.applied).toHaveLength(3);
    expect(await runner.reached({ products: { incarnation: log.incarnation, position: 4 } }, { timeoutMs: 10 })).toBe(
      'timeout',
    );
    expect(await runner.reached({ products: { incarnation: idOf('x'), position: 1 } }, { timeoutMs: 2000 })).toBe(
      'log-replaced',
    );
    expect(runner.positions()).toEqual({ products: { incarnation: log.incarnation, position: 3 } });
  });

  it('stopping lets the open batch finish and applies nothing more', async () => {
    const { log, feed, start, runner, sink, status } = setUp({ ...noTimer, maxBatch: 2 });
    await start();
    let open!: () => void;
    sink.gate = new Promise(resolve => (open = resolve));
    feed.deliver(...log.appendStock(6));
    await sleep(5);
    const waiting = runner.reached({ products: { incarnation: log.incarnation, position: 6 } }, { timeoutMs: 5000 });
    const stopped = runner.stop();
    open();
    await stopped;
    expect(sink.positionsOf('products')).toEqual([1, 2]);
    expect(await waiting).toBe('stopped');
    expect(status().state).toBe('stopped');
  });
});
