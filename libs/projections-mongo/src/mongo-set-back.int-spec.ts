/** A server that was killed may have kept a commit and forgotten the rows that were put into place after it: nobody may believe his memory. */
import type { ProjectionStore } from '@foldline/projections';
import { another, applyAll, idOf, rowsOf, SampleLog } from '@foldline/projections/testing';
import { interposed } from './testing/interposed';
import { onMongo } from './testing/on-mongo';
import { MongoProjectionStores, SteadyReads, type Mongo } from './index';
import { generationId, records, type GenerationDocument } from './records';
import { generationCollection, type RowDocument } from './row-documents';

jest.setTimeout(120_000);

let mongo: Mongo;
const withMongo = onMongo(made => (mongo = made));

function listed(log: SampleLog, productId: string): void {
  const details = { title: 't', description: '', image: 'i', category: 'c', price: 1, currency: 'EUR' };
  log.append('ProductListed', `product-${productId}`, { productId, ...details });
}
const received = (log: SampleLog, productId: string, quantity: number): void =>
  void log.append('StockReceived', `product-${productId}`, { productId, quantity });

const [left, right] = [idOf('left'), idOf('right')];

/** A store that has applied a batch with a change and a new row, and remembers that; `setBack` takes the rows of it away again. */
async function applied() {
  const projection = another();
  const _id = generationId(projection.name, 1);
  const { generations } = records(mongo.db);
  const rows = mongo.db.collection<RowDocument>(generationCollection(projection.tables.products, 1));
  const log = new SampleLog('products');
  let [committed, watching]: [GenerationDocument | null, boolean] = [null, false];
  const settles = (_: object, { $set }: { $set?: { pending?: unknown } }): boolean =>
    watching && $set?.pending === null && Object.keys($set).length === 1;
  const look = async (): Promise<void> => void (committed = await generations.findOne({ _id }));
  const watched = interposed(mongo, 'read.generations', 'updateOne', settles as never, look);
  const store = await new MongoProjectionStores(watched).openServing(projection);
  listed(log, left);
  await applyAll(store, log);
  const before = await rows.find().toArray();
  watching = true;
  received(log, left, 5);
  listed(log, right);
  const setBack = async (): Promise<void> => {
    await rows.deleteMany({});
    await rows.insertMany(before);
    await generations.replaceOne({ _id }, committed!);
  };
  await applyAll(store, log);
  expect(committed).toMatchObject({ pending: { rows: [{}, {}] } });
  return { projection, log, store, setBack };
}

const stock = async (store: ProjectionStore) =>
  new Map((await rowsOf(store)).products!.map(row => [row.productId, row.received]));

withMongo('a MongoDB that kept a commit and forgot its rows', () => {
  it('a writer that remembers that all was in place loses none of them', async () => {
    const { log, store, setBack } = await applied();
    const { incarnation, position, eventId } = log.events.at(-1)!;
    await setBack();
    received(log, left, 1);
    // As a runner does that never heard of it: from where it is.
    const from = { incarnation, position, eventId };
    expect(await store.apply({ log: 'products', from, events: log.events.slice(position) })).toMatchObject({
      kind: 'applied',
    });
    expect(await stock(store)).toEqual(
      new Map([
        [left, 6],
        [right, 0],
      ]),
    );
  });

  it('a reader is shown what the positions of its answer say', async () => {
    const { projection, setBack } = await applied();
    const reads = new SteadyReads(mongo.db, projection.name);
    const { products } = projection.tables;
    const shown = () =>
      reads.read(async view => [(await view.byId(products, [left, right])).size, await view.count(products, {})]);
    expect(await shown()).toEqual([2, 2]);
    await setBack();
    expect(await shown()).toEqual([2, 2]);
  });

  it('rows are on disk before it is written that they are in place', async () => {
    const { projection, log } = await applied();
    const rows = generationCollection(projection.tables.products, 1);
    const asked: unknown[] = [];
    const noting = (_: object, how: object): boolean => asked.push(how) === 0;
    const watched = interposed(mongo, rows, 'bulkWrite', noting as never, () => undefined);
    received(log, right, 1);
    await applyAll(await new MongoProjectionStores(watched).openServing(projection), log);
    expect(asked).toMatchObject([{ writeConcern: { w: 'majority', journal: true } }]);
  });

  it('a record that is half of one write and half of the next is not believed', async () => {
    const projection = another();
    const { generations } = records(mongo.db);
    const _id = generationId(projection.name, 1);
    const log = new SampleLog('products');
    const store = await new MongoProjectionStores(mongo).openServing(projection);
    const whole = async (): Promise<GenerationDocument> => (await generations.findOne({ _id }))!;
    listed(log, left);
    await applyAll(store, log);
    const { checkpoints } = await whole();
    received(log, left, 5);
    await applyAll(store, log);
    const after = await whole();
    await generations.replaceOne({ _id }, { ...after, checkpoints });
    const shown = await new SteadyReads(mongo.db, projection.name).read(async view => {
      const rows = await view.byId(projection.tables.products, [left]);
      await generations.replaceOne({ _id }, after);
      return { position: view.checkpoints.products!.position, received: rows.get(left)!.received };
    });
    expect(shown).toEqual({ position: 2, received: 5 });
  });
});
