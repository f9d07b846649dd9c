import { keyText, type Table } from '@foldline/projections';
import { replayContract } from '@foldline/projections/testing';
import { onMongo } from './testing/on-mongo';
import { MongoProjectionStores, type Mongo } from './index';
import { encodeRow, generationCollection, type RowDocument } from './row-documents';

jest.setTimeout(120_000);

let mongo: Mongo;
const withMongo = onMongo(made => (mongo = made));

withMongo('on MongoDB', () =>
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
