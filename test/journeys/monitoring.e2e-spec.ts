import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { Shop } from './shop';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook: string };
}

const read = (path: string): string => readFileSync(resolve(__dirname, '../..', path), 'utf8');
const rules = (parse(read('monitoring/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  group => group.rules,
);
const { panels } = JSON.parse(read('monitoring/dashboard.json')) as {
  panels: { targets: { expr: string }[] }[];
};
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(panel => panel.targets.map(({ expr }) => expr)),
];

let shop: Shop;
afterAll(() => shop?.remove(), 60_000);

it('every metric and every label of the alerts and the dashboard is one that the services tell', async () => {
  const gatewayAdmin = () => `http://127.0.0.1:${shop.environment.GATEWAY_ADMIN_PORT}`;
  shop = await Shop.create();
  const { services } = await shop.start();
  const urls = [
    ...Object.entries(services).flatMap(([name, { url }]) => (name === 'gateway' ? [] : [url])),
    gatewayAdmin(),
  ];
  const texts = await Promise.all(urls.map(async url => (await fetch(`${url}/metrics`)).text()));
  const told = texts.join('\n');
  const names = new Set(told.split('\n').map(line => /^[a-z_0-9]+/.exec(line)?.[0]));
  const labels = new Set([...told.matchAll(/[{,]([a-z_]+)="/g)].map(([, label]) => label));
  for (const expr of expressions) {
    const wanted = expr.match(/foldline_[a-z_]+/g) ?? [];
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter(name => !names.has(name))).toEqual([]);
    const grouped = [...expr.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(', '));
    const filtered = [...expr.matchAll(/([a-z_]+)=~?"/g)].map(([, label]) => label!);
    expect([...grouped, ...filtered].filter(label => !labels.has(label))).toEqual([]);
  }
}, 120_000);

it('every alert has a page', () => {
  const headings = [...read('docs/operations.md').matchAll(/^### (.+)$/gm)].map(([, text]) => text);
  expect(rules.length).toBeGreaterThan(5);
  for (const { alert, annotations } of rules) {
    expect(headings).toContain(alert);
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});
