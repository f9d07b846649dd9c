import { Metrics } from './metrics';

it('a gauge that is given twice shows the series of both', async () => {
  const metrics = new Metrics('orders');
  for (const reader of ['known-facts', 'confirmation'])
    metrics.gauge('lag', 'Events to go', ['reader'], () => [[{ reader }, reader.length]]);
  const text = await metrics.registry.getSingleMetricAsString('foldline_lag');
  expect(text).toContain('reader="known-facts",service="orders"} 11');
  expect(text).toContain('reader="confirmation",service="orders"} 12');
});
