/**
 * A stand-in for `@std/assert` with the same names and signatures, over `node:assert`, for networks that cannot reach
 * JSR. Where JSR can be reached, point the `@std/assert` line of the import map to `jsr:@std/assert@1` and delete this file.
 *
 * @module
 */
import nodeAssert from "node:assert/strict";

/** Thrown when an assertion does not hold. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

function run(check: () => void, message: string | undefined): void {
  try {
    check();
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new AssertionError(message === undefined ? detail : `${message}\n${detail}`, { cause });
  }
}

/** Asserts that `expression` is truthy. */
export function assert(expression: unknown, message = "expected a truthy value"): asserts expression {
  if (!expression) throw new AssertionError(message);
}

/** Asserts that `expression` is falsy. */
export function assertFalse(expression: unknown, message = "expected a falsy value"): void {
  if (expression) throw new AssertionError(message);
}

/** Asserts deep equality. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  run(() => nodeAssert.deepEqual(actual, expected), message);
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  run(() => nodeAssert.notDeepEqual(actual, expected), message);
}

/** Asserts identity by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  run(() => nodeAssert.equal(actual, expected), message);
}

/** Asserts that `actual` is neither null nor undefined. */
export function assertExists<T>(actual: T, message = "expected a value"): asserts actual is NonNullable<T> {
  if (actual === undefined || actual === null) throw new AssertionError(message);
}

/** Asserts that `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  if (!actual.includes(expected)) {
    throw new AssertionError(message ?? `expected ${JSON.stringify(actual)} to include ${JSON.stringify(expected)}`);
  }
}

/** Asserts that `actual` matches `expected`. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  if (!expected.test(actual)) {
    throw new AssertionError(message ?? `expected ${JSON.stringify(actual)} to match ${expected}`);
  }
}

/** Asserts `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  if (!(actual > expected)) throw new AssertionError(message ?? `expected ${actual} > ${expected}`);
}

/** Asserts `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual >= expected)) throw new AssertionError(message ?? `expected ${actual} >= ${expected}`);
}

/** Asserts `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  if (!(actual < expected)) throw new AssertionError(message ?? `expected ${actual} < ${expected}`);
}

/** Asserts `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  if (!(actual <= expected)) throw new AssertionError(message ?? `expected ${actual} <= ${expected}`);
}

/** Asserts that `actual` is an instance of `expectedType`. */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: abstract new (...args: never[]) => T,
  message?: string,
): asserts actual is T {
  if (!(actual instanceof expectedType)) {
    throw new AssertionError(message ?? `expected an instance of ${expectedType.name}`);
  }
}

function checkError<E extends Error>(
  error: unknown,
  errorClass: (abstract new (...args: never[]) => E) | undefined,
  messageIncludes: string | undefined,
  message: string | undefined,
): E {
  if (!(error instanceof Error)) throw new AssertionError(message ?? `a non-error was thrown: ${String(error)}`);
  if (errorClass !== undefined && !(error instanceof errorClass)) {
    throw new AssertionError(message ?? `expected ${errorClass.name} but got ${error.name}: ${error.message}`);
  }
  if (messageIncludes !== undefined && !error.message.includes(messageIncludes)) {
    throw new AssertionError(
      message ??
        `expected the message to include ${JSON.stringify(messageIncludes)} but got ${JSON.stringify(error.message)}`,
    );
  }
  return error as E;
}

/** Asserts that `fn` throws, by class and part of its message where given; returns the error. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  errorClass?: abstract new (...args: never[]) => E,
  messageIncludes?: string,
  message?: string,
): E {
  try {
    fn();
  } catch (error) {
    return checkError(error, errorClass, messageIncludes, message);
  }
  throw new AssertionError(message ?? "expected the function to throw");
}

/** Asserts that the promise of `fn` rejects, by class and part of its message where given; returns the error. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  errorClass?: abstract new (...args: never[]) => E,
  messageIncludes?: string,
  message?: string,
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    return checkError(error, errorClass, messageIncludes, message);
  }
  throw new AssertionError(message ?? "expected the promise to reject");
}

/** Fails, always. */
export function fail(message = "failed"): never {
  throw new AssertionError(message);
}

/** Marks a place that must not be reached. */
export function unreachable(message = "unreachable"): never {
  throw new AssertionError(message);
}
