/**
 * `if`, loops and `case`.
 *
 * @module
 */
import type { ArithmeticFor, Case, For, If, Statement, While } from "unbash";
import { LoopControl, type Run } from "./control.ts";
import type { Expander } from "./expand.ts";
import { matchesPattern } from "./pattern.ts";
import type { ShellState } from "./state.ts";

/** Commands one after another. */
export interface Body {
  readonly commands: readonly Statement[];
}

/** What compound commands need of their shell. */
export interface CompoundHost {
  readonly state: ShellState;
  readonly expander: Expander;
  /** Runs commands. */
  body(body: Body): Run<number>;
  /** Runs what is only asked for its status. */
  condition(run: () => Run<number>): Run<number>;
  /** Counts a turn: loops must end. */
  spend(): void;
}

/** Runs compound commands for one shell. */
export class Compound {
  constructor(private readonly host: CompoundHost) {}

  /** `if` */
  *if(node: If): Run<number> {
    for (const branch of [node, ...node.elif]) {
      if ((yield* this.host.condition(() => this.host.body(branch.clause))) === 0) {
        return yield* this.host.body(branch.then);
      }
    }
    return node.else === undefined ? 0 : yield* this.host.body(node.else);
  }

  /** Runs a loop's body once; true if the loop is to go on. */
  *#turn(body: Body): Run<boolean> {
    this.host.state.loops++;
    try {
      yield* this.host.body(body);
      return true;
    } catch (error) {
      if (!(error instanceof LoopControl)) throw error;
      this.host.state.status = 0;
      if (error.levels > 1) throw new LoopControl(error.kind, error.levels - 1);
      return error.kind === "continue";
    } finally {
      this.host.state.loops--;
    }
  }

  /** `for NAME in …` */
  *for(node: For): Run<number> {
    const values: string[] = [];
    if (node.wordlist === undefined) values.push(...this.host.state.positional);
    for (const word of node.wordlist ?? []) values.push(...yield* this.host.expander.fields(word));
    this.host.state.status = 0;
    for (const value of values) {
      this.host.expander.assign(node.name.value, value);
      if (!(yield* this.#turn(node.body))) break;
    }
    return this.host.state.status;
  }

  /** `for ((…;…;…))` */
  *arithmeticFor(node: ArithmeticFor): Run<number> {
    const { arithmetic } = this.host.expander;
    if (node.initialize !== undefined) yield* arithmetic.evaluate(node.initialize);
    this.host.state.status = 0;
    while (node.test === undefined || (yield* arithmetic.evaluate(node.test)) !== 0n) {
      this.host.spend();
      if (!(yield* this.#turn(node.body))) break;
      if (node.update !== undefined) yield* arithmetic.evaluate(node.update);
    }
    return this.host.state.status;
  }

  /** `while`, `until` */
  *while(node: While): Run<number> {
    let status = 0;
    for (;;) {
      const holds = (yield* this.host.condition(() => this.host.body(node.clause))) === 0;
      if (holds === (node.kind === "until")) return status;
      const more = yield* this.#turn(node.body);
      status = this.host.state.status;
      if (!more) return status;
    }
  }

  /** `case` */
  *case(node: Case): Run<number> {
    const text = yield* this.host.expander.text(node.word);
    let through = false;
    let status = 0;
    for (const item of node.items) {
      let matches = through;
      for (const pattern of item.pattern) {
        matches = matches || matchesPattern(yield* this.host.expander.pattern(pattern), text);
      }
      if (!matches) continue;
      this.host.state.status = 0;
      status = yield* this.host.body(item.body);
      if (item.terminator === ";;" || item.terminator === undefined) return status;
      through = item.terminator === ";&";
    }
    return status;
  }
}
