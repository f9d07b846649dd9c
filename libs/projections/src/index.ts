/** Projections: pure folds of events into rows, and what keeps them right whatever the transport does. */
export * from './projection';
export * from './ports';
