import { readText, rules } from './monitoring';

it('every alert has a page', () => {
  const headings = [...readText('docs/operations.md').matchAll(/^### (.+)$/gm)].map(([, text]) => text);
  expect(rules.length).toBeGreaterThan(5);
  for (const { alert, annotations } of rules) {
    expect(headings).toContain(alert);
    expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
  }
});
