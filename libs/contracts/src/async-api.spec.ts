import { allEventVersions, asyncApiDocument } from './index';

const document = asyncApiDocument('http://127.0.0.1:8080') as Record<string, Record<string, object>>;

it('every version of every event has a message on the channel that it is published on', () => {
  for (const { log, type, schemaVersion } of allEventVersions) {
    const name = `${type}.v${schemaVersion}`;
    expect(document.channels![type]).toMatchObject({
      address: `shop.${log}.${type}`,
      messages: { [name]: { $ref: `#/components/messages/${name}` } },
    });
    expect(document.operations![`publish${type}`]).toMatchObject({ action: 'send' });
  }
});

it('every reference of the document leads somewhere', () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
  expect(references.length).toBeGreaterThan(50);
  for (const path of references)
    expect(
      path.split('/').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document),
    ).toBeDefined();
});
