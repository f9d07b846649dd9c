/** Process steps: what one service does because of another's events, exactly once. */
export * from './process-step';
export { StepSink, type StepSinkPorts } from './step-sink';
