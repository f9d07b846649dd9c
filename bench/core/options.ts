/** Options of a bench: `--name value` among its arguments. */
import { UsageError } from '../../tools/exit-codes';

function textOf(args: readonly string[], name: string): string | undefined {
  const at = args.indexOf(`--${name}`);
  return at < 0 ? undefined : args[at + 1];
}

export function numberOf(args: readonly string[], name: string, otherwise: number): number {
  return numbersOf(args, name, [otherwise])[0]!;
}

/** `10k,100k,1M` or plain numbers, separated by commas. */
export function numbersOf(args: readonly string[], name: string, otherwise: readonly number[]): readonly number[] {
  const text = textOf(args, name);
  if (text === undefined && !args.includes(`--${name}`)) return otherwise;
  const numbers = (text ?? '').split(',').map(part => {
    const [, digits, unit = ''] = /^([0-9.]+)([kM]?)$/.exec(part) ?? [];
    return Number(digits) * ({ '': 1, k: 1_000, M: 1_000_000 }[unit] ?? NaN);
  });
  if (numbers.some(number => !(number > 0)))
    throw new UsageError(`--${name} must be followed by numbers above 0 such as 10k,100k,1M, not "${text ?? ''}"`);
  return numbers;
}
