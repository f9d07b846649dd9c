/** Session settings for small statements on a growing log: no plan may depend on how small the tables were when it was made. */
export const PLANNER = { jit: 'off', enable_seqscan: 'off', plan_cache_mode: 'force_generic_plan' };
