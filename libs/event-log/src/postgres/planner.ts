/**
 * Session settings for small statements on a growing log: always by index, in the index's order. Left to its statistics,
 * the planner would choose by how large the tables were when it last looked, and sort a million rows to return one page.
 */
export const PLANNER = {
  jit: 'off',
  enable_seqscan: 'off',
  enable_bitmapscan: 'off',
  plan_cache_mode: 'force_generic_plan',
};
