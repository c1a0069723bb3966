/**
 * Names that users give to targets.
 *
 * @module
 */

/** Names of targets that are ours. */
const RESERVED = ["sim", "rfc", "tun", "kernel", "linux"];
const LONGEST_NAME = 40;

/** Throws, in words, where `name` can't name a target of the user's. */
export function checkTargetName(name: string): void {
  if (!/^[A-Za-z][A-Za-z0-9._-]*$/.test(name) || name.length > LONGEST_NAME) {
    throw new Error(
      `'${name}' can't name a target: a letter, then letters, digits, '.', '_' and '-', ${LONGEST_NAME} at most.`,
    );
  }
  if (RESERVED.includes(name.toLowerCase())) {
    throw new Error(`'${name}' is the name of a target of ours (${RESERVED.join(", ")}): take another.`);
  }
}
