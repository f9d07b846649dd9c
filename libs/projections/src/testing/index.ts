/** For tests of projections and of whatever feeds them. */
export { idOf, SampleLog, SampleOwner } from './sample-log';
export { ScriptedFeed } from './scripted-feed';
export { RecordingSink } from './recording-sink';
