/** Strict readers of single settings: a value is taken as written or refused, never guessed. */

/** Reads a setting's text; returns the value, or a Refusal that says the rule. */
export type Parser<Value> = (text: string) => Value | Refusal;

export class Refusal {
  constructor(readonly rule: string) {}
}
const refuse = (rule: string): Refusal => new Refusal(rule);

/** Decimal digits only: no sign, blank, hex or exponent. */
export const integer =
  (min: number, max: number): Parser<number> =>
  text => {
    const value = /^(0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
    return value >= min && value <= max ? value : refuse(`must be a whole number from ${min} to ${max}`);
  };

export const port: Parser<number> = integer(1, 65_535);

export const oneOf =
  <const Values extends readonly string[]>(values: Values): Parser<Values[number]> =>
  text =>
    values.includes(text) ? text : refuse(`must be one of ${values.join(', ')}`);

export const boolean: Parser<boolean> = text =>
  text === 'true' ? true : text === 'false' ? false : refuse('must be true or false');

export const text =
  (min = 1, max = 1000): Parser<string> =>
  value =>
    value.length >= min && value.length <= max && value === value.trim()
      ? value
      : refuse(`must be ${min} to ${max} characters without blanks around them`);

/** `protocols` without colon. The value is never shown: it may hold a password. */
export const url =
  (...protocols: string[]): Parser<string> =>
  value => {
    let parsed: URL;
    try {
      parsed = new URL(value);
    } catch {
      return refuse(
        `must be a URL such as ${protocols[0]}://host (characters like @ in a password are percent-encoded)`,
      );
    }
    return protocols.includes(parsed.protocol.slice(0, -1))
      ? value
      : refuse(`must be a URL starting with ${protocols.map(p => `${p}://`).join(' or ')}`);
  };

/** Comma-separated; blanks around items are dropped; empty text is the empty list. */
export const listOf =
  <Value>(item: Parser<Value>): Parser<readonly Value[]> =>
  value => {
    const items = value
      .split(',')
      .map(part => part.trim())
      .filter(Boolean)
      .map(item);
    return items.find(i => i instanceof Refusal) ?? (items as Value[]);
  };

const WEAK = /^(changeme|secret|password|default|test|admin)$/i;

export const secret =
  (min = 1): Parser<string> =>
  value =>
    value.length >= min && !/[\r\n]/.test(value) && !WEAK.test(value)
      ? value
      : refuse(`must be at least ${min} characters on one line and not a well-known word`);
