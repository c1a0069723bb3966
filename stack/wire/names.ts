/**
 * Names of numbers, and the form that a number without a name has: `type_3`.
 *
 * @module
 */

/** The number, an octet, of a name of the form `prefix` and digits. */
export function byNumber(name: string, prefix: string): number | undefined {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  return /^\d{1,3}$/.test(digits) && Number(digits) < 256 ? Number(digits) : undefined;
}

/** The first name of a number. */
export function nameOf(names: ReadonlyMap<string, number>, value: number): string | undefined {
  for (const [name, number] of names) if (number === value) return name;
  return undefined;
}
