/** Event data checked against its class's rules, compiled once: class-validator declares them, Ajv runs them. */
import 'reflect-metadata';
import Ajv, { type ValidateFunction } from 'ajv';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage';
import { getMetadataStorage } from 'class-validator';
import { targetConstructorToSchema, validationMetadatasToSchemas } from 'class-validator-jsonschema';
import { isLogName, LOGS } from '../logs';
import { isTime, TIME_TEXT } from '../time';
import type { EventVersion } from './define';
import { allEventVersions } from './registry';

const options = {
  classValidatorMetadataStorage: getMetadataStorage(),
  classTransformerMetadataStorage: defaultMetadataStorage,
  refPointerPrefix: '#/components/schemas/',
  additionalConverters: { isTime: { type: 'string', format: 'date-time', pattern: TIME_TEXT.source } } as const,
};

/** JSON Schemas of the event data classes and of the classes they nest, by class name. */
export const dataSchemas: Readonly<Record<string, object>> = {
  ...validationMetadatasToSchemas(options),
  // A class whose rules are all inherited is listed only when it is asked for by itself.
  ...Object.fromEntries(allEventVersions.map(({ data }) => [data.name, targetConstructorToSchema(data, options)])),
};

// What says what a schema is takes longer to compile than all of ours; contracts.spec.ts holds these against it.
const ajv = new Ajv({ strict: false, allErrors: false, meta: false, validateSchema: false });
ajv.addFormat('date-time', isTime);
ajv.addSchema({ $id: 'events', components: { schemas: dataSchemas } });

const versionsByLog = new Map<string, Map<string, EventVersion[]>>();
for (const version of allEventVersions) {
  const types = versionsByLog.get(version.log) ?? new Map<string, EventVersion[]>();
  versionsByLog.set(version.log, types.set(version.type, [...(types.get(version.type) ?? []), version]));
}
for (const [log, types] of versionsByLog)
  for (const [type, versions] of types) {
    const hole = versions.findIndex((version, i) => version.schemaVersion !== i + 1 || (i > 0 && !version.upcast));
    if (hole >= 0)
      throw new Error(`${log}/${type} has no upcaster to version ${hole + 1}: the chain must have no hole`);
  }

const compiled = new Map<EventVersion, ValidateFunction>();
const checkOf = (version: EventVersion): ValidateFunction => {
  let check = compiled.get(version);
  if (!check) {
    check = ajv.compile({ $ref: `events#/components/schemas/${version.data.name}` });
    compiled.set(version, check);
  }
  return check;
};

/** Why an event could not be read or written; `reason` is safe to log: it names rules and fields, never values. */
export class InvalidEventError extends Error {
  constructor(readonly reason: string) {
    super(reason);
    this.name = 'InvalidEventError';
  }
}

/** All versions of an event type, oldest first. Throws InvalidEventError for a log or type that is not in the registry. */
export function versionsOf(log: string, type: string): readonly EventVersion[] {
  const versions = versionsByLog.get(log)?.get(type);
  if (versions) return versions;
  throw new InvalidEventError(
    isLogName(log) ? `unknown event type in log ${log}` : `unknown log; known are ${LOGS.join(', ')}`,
  );
}

/** The schema version new events of a type are written in. */
export const newestSchemaVersion = (log: string, type: string): number => versionsOf(log, type).length;

/** Throws InvalidEventError unless `data` keeps the rules of the given version of the type. */
export function checkEventData(log: string, type: string, schemaVersion: number, data: unknown): void {
  const version = versionsOf(log, type)[schemaVersion - 1];
  if (!version)
    throw new InvalidEventError(
      `${type} has no schema version ${String(schemaVersion)}; this build knows up to ${versionsOf(log, type).length}`,
    );
  const check = checkOf(version);
  if (typeof data !== 'object' || data === null || !check(data)) {
    const error = check.errors?.[0];
    throw new InvalidEventError(
      `${type} v${schemaVersion}: data${error?.instancePath ?? ''} ${error?.message ?? 'must be an object'}`,
    );
  }
}

/** Checks stored data against the version it was written in and lifts it to the newest. Throws InvalidEventError. */
export function upcastEventData(log: string, type: string, schemaVersion: number, data: unknown): object {
  checkEventData(log, type, schemaVersion, data);
  const versions = versionsOf(log, type);
  let lifted = data as object;
  for (let to = schemaVersion; to < versions.length; to++) lifted = versions[to]!.upcast!(lifted);
  return lifted;
}
