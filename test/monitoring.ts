/** What the alerts and the dashboard ask of the metrics. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook: string };
}

export const readText = (path: string): string => readFileSync(resolve(__dirname, '..', path), 'utf8');

export const rules = (parse(readText('monitoring/alerts.yml')) as { groups: { rules: Rule[] }[] }).groups.flatMap(
  group => group.rules,
);
const { panels } = JSON.parse(readText('monitoring/dashboard.json')) as {
  panels: { targets: { expr: string }[] }[];
};
export const expressions = [
  ...rules.map(({ expr }) => expr),
  ...panels.flatMap(panel => panel.targets.map(({ expr }) => expr)),
];
