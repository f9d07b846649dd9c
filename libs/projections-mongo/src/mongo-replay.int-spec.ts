import { randomBytes } from 'node:crypto';
import { keyText, type Table } from '@foldline/projections';
import { replayContract } from '@foldline/projections/testing';
import { mongoUrl } from '@foldline/testing';
import { connectMongo, MongoProjectionStores, type Mongo } from './index';
import { encodeRow, generationCollection, type RowDocument } from './row-documents';

jest.setTimeout(120_000);

const url = mongoUrl();
let mongo: Mongo;
beforeAll(async () => {
  if (!url) return;
  const own = new URL(url);
  own.pathname = `/replay_${randomBytes(6).toString('hex')}`;
  mongo = await connectMongo(own.toString(), { name: 'a rebuild in a test' });
});
afterAll(async () => {
  await mongo?.db.dropDatabase();
  await mongo?.close();
});

(url ? describe : describe.skip)('on MongoDB', () =>
  replayContract('MongoDB', {
    stores: () => new MongoProjectionStores(mongo),
    plant: async (projection, name, generation, key, row) => {
      const table = projection.tables[name] as unknown as Table;
      const collection = mongo.db.collection<RowDocument>(generationCollection(table, generation));
      const _id = keyText(key);
      if (!row) await collection.deleteOne({ _id });
      else
        await collection.updateOne(
          { _id },
          { $set: encodeRow(table, row), $setOnInsert: { _turn: 0, _mark: '' } },
          { upsert: true },
        );
    },
    isThere: async (projection, name, generation) => {
      const collection = generationCollection(projection.tables[name], generation);
      return (await mongo.db.listCollections().toArray()).some(({ name: of }) => of === collection);
    },
  }),
);
