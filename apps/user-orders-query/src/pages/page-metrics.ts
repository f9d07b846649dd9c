/** The numbers of ready pages; their hit ratio is what tells whether they are worth their keep. */
import type { Metrics } from '@foldline/service-kit';
import type { PgReadyPages } from './pg-ready-pages';

export function pageMetrics(metrics: Metrics, { counts }: PgReadyPages): void {
  metrics.gauge('pages', 'Ready pages since this process started, by what became of them', ['outcome'], () =>
    Object.entries(counts).map(([outcome, count]) => [{ outcome }, count]),
  );
  metrics.gauge('page_hit_ratio', 'Share of first pages that were ready', [], () => {
    const asked = counts.hits + counts.misses;
    return asked > 0 ? [[{}, counts.hits / asked]] : [];
  });
}
