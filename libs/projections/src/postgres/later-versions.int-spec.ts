import { Connection, copyTogether, inTransaction } from '@foldline/postgres';
import { testDatabase, type TestDatabase } from '@foldline/testing';
import { defineTable, type Row } from '../projection';
import { TableInMemory } from '../replay/memory-fold';
import { addPrimaryKeySql, createIndexesSql, createTableSql, generationTable } from './generation-tables';
import { createLaterSql, dropLaterSql, LaterVersions, settleLater } from './later-versions';

const counts = defineTable<{ shop: string; thing: string; count: number; note: unknown }>({
  name: 'counts',
  key: ['shop', 'thing'],
  columns: { shop: 'text', thing: 'text', count: 'bigint', note: 'json' },
  nullable: ['note'],
});

let database: TestDatabase;
let session: Connection;
beforeAll(async () => {
  database = await testDatabase('later');
  session = await Connection.open({ url: database.url, name: 'later versions' });
  await session.query('create schema read');
});
afterAll(async () => {
  await session.close();
  await database.drop();
});

let generation = 0;

/** A table that is built, and the same in memory. */
async function building() {
  const of = (generation += 1);
  await session.query(createTableSql(counts, of));
  await session.query(createLaterSql(counts, of));
  const memory = new TableInMemory(counts);
  let later = new LaterVersions(counts, of);
  const settle = () => inTransaction(session, tx => settleLater(tx, counts, of));
  return {
    memory,
    write: () => copyTogether(session, later.copies(memory.takeChanges()), 'select 1'),
    /** As a process does that goes on where another one ended. */
    goOn: async () => {
      await settle();
      later = new LaterVersions(counts, of);
    },
    expectWhole: async () => {
      await settle();
      await session.query(dropLaterSql(counts, of));
      for (const sql of [...createIndexesSql(counts, of), addPrimaryKeySql(counts, of)]) await session.query(sql);
      const { rows } = await session.query<Row>(
        `select * from ${generationTable(counts, of)} order by shop collate "C", thing collate "C"`,
      );
      expect(rows).toEqual([...memory.sorted()]);
    },
  };
}

const row = (thing: string, count: number, note: unknown = null): Row => ({ shop: 'a', thing, count, note });

describe('versions of rows that come later', () => {
  it('are the rows in the end, whatever became of them between two writes', async () => {
    const { memory, write, expectWhole } = await building();
    for (const thing of ['kept', 'changed', 'gone', 'back', 'twice back']) memory.put(row(thing, 1));
    await write();
    for (const thing of ['changed', 'back', 'twice back']) memory.put(row(thing, 2, { tab: '\t', line: '\n\\' }));
    await write();
    for (const thing of ['gone', 'back', 'twice back']) memory.delete('a', thing);
    await write();
    memory.put(row('back', 3));
    memory.put(row('twice back', 3));
    await write();
    memory.delete('a', 'twice back');
    memory.put(row('new', 1));
    await write();
    memory.put(row('twice back', 4));
    memory.put(row('new', 2));
    await write();
    await write();
    await expectWhole();
    expect(memory.size).toBe(5);
  });

  it('may be settled at any moment', async () => {
    const { memory, write, goOn, expectWhole } = await building();
    const things = Array.from({ length: 20 }, (_, i) => `thing ${i}`);
    for (let turn = 1; turn <= 30; turn += 1) {
      for (const [i, thing] of things.entries())
        if ((turn * 7 + i * 3) % 5 === 0) memory.delete('a', thing);
        else if ((turn + i) % 3 === 0) memory.put(row(thing, turn));
      await write();
      if (turn % 4 === 0) await goOn();
    }
    await expectWhole();
  });
});
