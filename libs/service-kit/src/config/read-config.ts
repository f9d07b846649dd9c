/** Settings from the environment, all checked at once: a start fails with every error by name, or not at all. */
import { readFileSync } from 'node:fs';
import { Refusal, type Parser } from './parsers';

export interface Setting<Value> {
  readonly parse: Parser<Value>;
  /** Used where the variable is unset; without it the setting is required. */
  readonly fallback?: Value;
  readonly optional?: boolean;
  /** May also come from the file that NAME_FILE names; one trailing line end is dropped. */
  readonly secret?: boolean;
}

export const setting = <Value>(parse: Parser<Value>, fallback?: Value): Setting<Value> => ({
  parse,
  ...(fallback !== undefined && { fallback }),
});
export const optional = <Value>(parse: Parser<Value>): Setting<Value | undefined> => ({ parse, optional: true });
export const secretSetting = <Value>(parse: Parser<Value>): Setting<Value> => ({ parse, secret: true });
export const optionalSecret = <Value>(parse: Parser<Value>): Setting<Value | undefined> => ({
  parse,
  secret: true,
  optional: true,
});

export type Settings = Readonly<Record<string, Setting<unknown>>>;
export type ConfigOf<S extends Settings> = { readonly [N in keyof S]: S[N] extends Setting<infer V> ? V : never };

/** Exit code for a wrong configuration (sysexits.h EX_CONFIG). */
export const EXIT_CONFIG = 78;

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly errors: readonly string[]) {
    super(
      `The configuration has ${errors.length} error${errors.length === 1 ? '' : 's'}:\n${errors.map(error => `  - ${error}`).join('\n')}`,
    );
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

function textOf(name: string, { secret }: Setting<unknown>, env: Environment, errors: string[]): string | undefined {
  const direct = env[name];
  const file = secret ? env[`${name}_FILE`] : undefined;
  if (direct !== undefined && file !== undefined) {
    errors.push(`${name} and ${name}_FILE are both set: keep one of them`);
    return undefined;
  }
  if (file === undefined) return direct;
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    errors.push(
      `${name}_FILE cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}): name a file that this process may read`,
    );
    return undefined;
  }
}

/** A rule between settings that are each right: what is wrong, by name, or undefined. */
export type Agreement<S extends Settings> = (config: ConfigOf<S>) => string | undefined;

/** Throws ConfigError with one line per wrong setting; values are never shown. */
export function readConfig<S extends Settings>(
  settings: S,
  env: Environment = process.env,
  agreements: readonly Agreement<S>[] = [],
): ConfigOf<S> {
  const errors: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(settings)) {
    const before = errors.length;
    const text = textOf(name, setting, env, errors);
    if (errors.length > before) continue;
    if (text === undefined) {
      if (setting.fallback === undefined && !setting.optional)
        errors.push(`${name} is not set${setting.secret ? ` (nor is ${name}_FILE)` : ''}`);
      values[name] = setting.fallback;
      continue;
    }
    const value = setting.parse(text);
    if (value instanceof Refusal) errors.push(`${name} ${value.rule}`);
    else values[name] = value;
  }
  const config = values as ConfigOf<S>;
  if (errors.length === 0) errors.push(...agreements.flatMap(agreement => agreement(config) ?? []));
  if (errors.length > 0) throw new ConfigError(errors);
  return config;
}

/** For main.ts: prints the errors and ends the process with 78. */
export function configOrExit<S extends Settings>(settings: S, agreements?: readonly Agreement<S>[]): ConfigOf<S> {
  try {
    return readConfig(settings, process.env, agreements);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(EXIT_CONFIG);
  }
}
