/**
 * Walks the events of a script: waits, acts, checks, and comes to a verdict.
 *
 * @module
 */
import type { ScriptConfig } from "../script/options.ts";
import { isExtended } from "../script/superset.ts";
import type { CommandAction, Event, MibAction, PacketAction, Script, ShellCommand } from "../script/syntax.ts";
import { MachineError, type Session, TargetError, UnsupportedError } from "../targets/target.ts";
import { Capture } from "./capture.ts";
import { Caller } from "./caller.ts";
import { CodeBlocks } from "./code.ts";
import { commandProblem } from "./commands.ts";
import type { EventPlace, RunContext } from "./context.ts";
import { describeFailure } from "./describe_failure.ts";
import { Evidence } from "./evidence.ts";
import { PacketExpecter } from "./expect.ts";
import { ScriptFailure, ScriptFault } from "./failure.ts";
import { isPassedOver, wordedKinds } from "./housekeeping.ts";
import { PacketInjector } from "./inject.ts";
import { FactKeeper } from "./facts.ts";
import { dumpTime, formatLivePacket } from "./format.ts";
import { Interfaces } from "./interfaces.ts";
import { mappedForDisplay } from "./match.ts";
import { namedOptionKinds } from "./options.ts";
import { Pace } from "./pace.ts";
import { expectSilence } from "./silence.ts";
import { SocketTable } from "./sockets.ts";
import { untilStopped } from "./stop.ts";
import { tearDown } from "./teardown.ts";
import { isAbsolute, resolveTime, type TimedThing, tolerance } from "./time.ts";
import type { RunOptions, RunOutcome } from "./types.ts";

const DEFAULT_LIMIT_US = 180_000_000;
const DEFAULT_EVIDENCE = 4096;
/** How long packetdrill waits for a blocked call when it needs it to be over, µs. */
const IDLE_WAIT_US = 1_000_000;
/** How much longer than the limit a run in real time may take where nothing in it looks at the clock, ms. */
const GRACE_MS = 500;

/** One run of one script. */
export class Runner {
  readonly #script: Script;
  readonly #config: ScriptConfig;
  readonly #session: Session;
  readonly #options: RunOptions;
  readonly #run: RunContext;
  readonly #capture: Capture;
  readonly #expecter: PacketExpecter;
  readonly #injector: PacketInjector;
  readonly #caller: Caller;
  readonly #code: CodeBlocks;
  readonly #pace = new Pace();
  readonly #warnings: string[] = [];
  readonly #began_ms = performance.now();
  /** When the event before was over, µs of script time. */
  #end_us = 0;
  /** When the event under way began, µs of script time. */
  #began_us = 0;
  /** The resolved time of the event before. */
  #previous_us: number | undefined;
  #counters: ReadonlyMap<string, number> | undefined;
  #settingUp = true;
  /** The cleanup command is due once the init command has succeeded. */
  #cleanupArmed = false;
  #line: number | undefined;
  #started = false;
  /** The command under way. */
  #command_text: string | undefined;
  /** The run was stopped from outside: what still goes on must not go further. */
  #over = false;

  constructor(script: Script, config: ScriptConfig, session: Session, options: RunOptions) {
    this.#script = script;
    this.#config = config;
    this.#session = session;
    this.#options = options;
    const extended = isExtended(script);
    const optionKinds = namedOptionKinds(script);
    const interfaces = new Interfaces(script, session);
    this.#run = {
      script,
      config,
      session,
      options,
      interfaces,
      sockets: new SocketTable(config, extended, () => session.remotePort()),
      evidence: new Evidence(options.evidenceLimit ?? DEFAULT_EVIDENCE, options.onEvidence, interfaces.usual),
      facts: new FactKeeper(),
      nplab: script.dialect === "nplab",
      extended,
      optionKinds,
      worded: wordedKinds(script),
      strict: options.strict === true || script.header.strict === true,
      patience_us: options.limit_us ?? DEFAULT_LIMIT_US,
      limit_us: options.virtualTime ? Infinity : options.limit_us ?? DEFAULT_LIMIT_US,
      checkBudget: () => this.#checkBudget(),
      remaining_ms: () => this.#remaining_ms(),
    };
    this.#capture = new Capture(this.#run);
    this.#expecter = new PacketExpecter(this.#run, this.#capture);
    this.#injector = new PacketInjector(this.#run);
    this.#caller = new Caller(this.#run);
    this.#code = new CodeBlocks(this.#run);
  }

  /** Runs the script. Never rejects. */
  async run(): Promise<RunOutcome> {
    try {
      await this.#bounded(this.#setUp());
      await this.#bounded(this.#walk());
      return this.#outcome("pass", "", undefined, undefined);
    } catch (error) {
      return await this.#stopped(error);
    }
  }

  async #walk(): Promise<void> {
    const { events } = this.#script;
    if (events.some((event) => event.action.kind === "mib")) this.#counters = await this.#session.counters();
    await this.#start();
    this.#end_us = Math.min(0, this.#session.now());
    for (let i = 0; i < events.length; i++) await this.#event(events[i]!, i === 0 ? undefined : events[i - 1]);
    await this.#finish();
  }

  /** Begins script time. */
  async #start(): Promise<void> {
    const session = this.#session;
    const before = { now_us: session.now(), epoch_us: session.epoch_us };
    await session.start();
    this.#started = true;
    // Where the clock can't be told, set-up ended just before time 0.
    const shift_us = before.epoch_us === undefined || session.epoch_us === undefined
      ? -before.now_us
      : before.epoch_us - session.epoch_us;
    this.#run.evidence.started(shift_us);
  }

  /** What waits for something outside, such as a shell command, does not look at the clock: from here it is stopped. */
  async #bounded(work: Promise<void>): Promise<void> {
    const { virtualTime, signal } = this.#options;
    const limit_ms = virtualTime ? Infinity : this.#run.patience_us / 1000 + GRACE_MS;
    const end = await untilStopped(work, limit_ms, signal);
    if (end === "done") return;
    this.#over = true;
    const failure = end === "limit" ? this.#limitFailure() : new ScriptFailure("blocked", "stopped", this.#line);
    this.#session.interrupt(failure);
    throw failure;
  }

  #limitFailure(): ScriptFailure | TargetError {
    if (this.#session.stuck !== undefined) return this.#session.stuck;
    const seconds = (this.#options.limit_us ?? DEFAULT_LIMIT_US) / 1e6;
    const text = `the script has not ended after ${seconds} s`;
    const command = this.#command_text;
    if (command === undefined) return new ScriptFailure("blocked", text, this.#line);
    // What a command waits for is not known to be the stack.
    return new ScriptFault("blocked", `${text}: \`${command}\` is still running`, this.#line);
  }

  async #setUp(): Promise<void> {
    const { initCommand, events } = this.#script;
    if (events.some((event) => event.action.kind === "code")) this.#options.python.prepare();
    for (const text of this.#config.init_scripts) {
      await this.#command({ command: text }, "executing init script", undefined);
    }
    if (initCommand !== undefined) await this.#command(initCommand, "executing init command", undefined);
    this.#settingUp = false;
    this.#cleanupArmed = initCommand !== undefined || this.#run.nplab;
  }

  async #event(event: Event, before: Event | undefined): Promise<void> {
    this.#line = event.line;
    this.#checkBudget();
    if (this.#options.virtualTime) this.#capture.collect();
    const place = this.#place(event, before);
    if (before === undefined && place.time.start_us > 0) {
      throw new ScriptFault("time", "first event should be at time 0: start with 0 or +0", event.line);
    }
    const { action } = event;
    switch (action.kind) {
      case "packet":
        if (action.direction === "in") await this.#inbound(action, place);
        else await this.#outbound(action, place);
        break;
      case "silence":
        this.#end_us = Math.max(this.#end_us, await expectSilence(this.#run, this.#capture, action, place));
        break;
      case "syscall": {
        if (action.blockingEnd_us === undefined) await this.#caller.settleFirst(IDLE_WAIT_US);
        else await this.#caller.requireIdle(IDLE_WAIT_US, event.line);
        const prepared = this.#early(() => this.#caller.prepare(action, event.line));
        await this.#waitFor(
          "system call start",
          place,
          action.blockingEnd_us === undefined ? 0 : this.#session.blockingLead_us,
        );
        this.#end_us = await this.#caller.call(action, prepared(), place, (text) => this.#warnings.push(text));
        if (action.blockingEnd_us === undefined) this.#run.facts.held(this.#end_us - this.#began_us);
        break;
      }
      case "command":
        await this.#waitFor("command", place);
        await this.#timedCommand(action, event.line);
        this.#end_us = this.#session.now();
        break;
      case "code":
        await this.#waitFor("data collection for code", place);
        await this.#code.sample(action, event.line);
        this.#end_us = this.#session.now();
        this.#run.facts.sampled(action.text, event.line);
        break;
      case "mib":
        await this.#waitFor("command", place);
        await this.#mib(action, event.line);
        this.#end_us = this.#session.now();
    }
    this.#keepPace(event, place);
    this.#previous_us = place.time.start_us;
    this.#caller.throwFailure();
  }

  /** Keeps the books about what an event took. */
  #keepPace({ action }: Event, { time, previousEnd_us }: EventPlace): void {
    // What a timer of the stack's sends, and what a program does, takes as long in packetdrill.
    const own = action.kind !== "command" && action.kind !== "silence" &&
      (action.kind !== "packet" || action.direction === "in" || time.start_us === time.base_us);
    if (own) this.#pace.event(this.#end_us - Math.max(time.start_us, previousEnd_us));
    else this.#pace.restart();
  }

  #place(event: Event, before: Event | undefined): EventPlace {
    // When the event before was over does not matter to trains of injected packets and to absolute times.
    const independent = isAbsolute(event.time) || !this.#run.nplab && isInjection(event) && isInjection(before);
    const base = independent ? this.#previous_us ?? 0 : Math.trunc(this.#end_us) + this.#paceFor(event);
    const blockingEnd = event.action.kind === "syscall" ? event.action.blockingEnd_us : undefined;
    const time = resolveTime(event.time, base, blockingEnd);
    if (independent) this.#pace.restart();
    if (
      before !== undefined && isAbsolute(before.time) && isAbsolute(event.time) &&
      time.start_us < (this.#previous_us ?? 0)
    ) {
      throw new ScriptFault(
        "time",
        `time goes backward in script from ${this.#previous_us} usec to ${time.start_us} usec`,
        event.line,
      );
    }
    return {
      line: event.line,
      time,
      previous_us: this.#previous_us,
      previousEnd_us: this.#end_us,
      tolerance_us: tolerance(this.#config, time.start_us, this.#previous_us),
    };
  }

  /** How much longer the run waits for an act of its own than the script says. */
  #paceFor({ time, action }: Event): number {
    const waits = time.kind === "relative" && time.delta_us > 0;
    const acts = action.kind !== "silence" && (action.kind !== "packet" || action.direction === "in");
    return waits && acts && !this.#options.virtualTime ? this.#pace.wait() : 0;
  }

  /**
   * Makes something ready before its time, so that it is not late then, unless it may depend on what a call on the side
   * returns. What is returned gives it, or throws why it can't be made, when its time has come.
   */
  #early<T>(make: () => T): () => T {
    if (this.#caller.busy) return make;
    try {
      const made = make();
      return () => made;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  /** Waits until an event is due, or `lead_us` before, and checks that it is not too late for it. */
  async #waitFor(thing: TimedThing, place: EventPlace, lead_us = 0): Promise<void> {
    const { session } = this.#run;
    const due = place.time.start_us - lead_us;
    if (session.now() < due) await session.waitUntil(Math.min(due, this.#run.limit_us));
    this.#checkBudget();
    const now = session.now();
    this.#run.facts.late(now - Math.max(due, place.previousEnd_us), place.tolerance_us, place.line);
    this.#began_us = now;
    if (place.previous_us === undefined) return;
    const begins = Math.max(now, Math.min(now + lead_us, place.time.start_us));
    const problem = this.#run.facts.check(thing, place.time, begins, place.tolerance_us, place.line);
    if (problem !== undefined) throw new ScriptFailure("time", problem, place.line);
  }

  async #inbound(action: PacketAction, place: EventPlace): Promise<void> {
    const build = () => this.#injector.prepare(action, place.line);
    const prepared = this.#early(build);
    await this.#waitFor("inbound packet", place);
    const times = action.repeat === undefined ? 1 : Math.min(action.repeat.max, Math.max(1, action.repeat.min));
    for (let i = 0; i < times; i++) {
      const before = this.#session.now();
      const inject = i === 0 ? prepared() : build();
      inject();
      this.#end_us = this.#session.now();
      this.#run.facts.acted(this.#end_us);
      // The stack had the packet some time between the two moments; if that is long, nobody can say when.
      this.#run.facts.late(this.#end_us - before, place.tolerance_us, place.line);
      this.#checkBudget();
    }
  }

  async #outbound(action: PacketAction, place: EventPlace): Promise<void> {
    const { min, max } = action.repeat ?? { min: 1, max: 1 };
    for (let i = 0; i < max; i++) {
      const { time_us, timedOut, warning } = await this.#expecter.expect(action, place, i >= min);
      if (warning !== undefined) this.#warnings.push(warning);
      if (time_us === undefined) {
        // Nothing came in all that time; a packet of the next event's is a different matter.
        if (timedOut) this.#end_us = Math.max(this.#end_us, this.#session.now());
        break;
      }
      // packetdrill reads a packet that is there already at once: what counts is the later of the two moments.
      this.#end_us = Math.max(this.#end_us, time_us);
      this.#checkBudget();
    }
  }

  async #mib(action: MibAction, line: number): Promise<void> {
    const counters = await this.#session.counters();
    const now = counters.get(action.counter);
    if (now === undefined) throw new UnsupportedError(`counter ${action.counter}, which the target does not have`);
    const actual = action.relative ? now - (this.#counters?.get(action.counter) ?? 0) : now;
    const { relation, value } = action;
    if (action.relative) this.#run.evidence.counted(this.#session.now(), line, action.counter, actual);
    const holds = relation === "=" ? actual === value : relation === ">=" ? actual >= value : actual <= value;
    if (holds) return;
    const sign = (n: number) => action.relative && n >= 0 ? `+${n}` : String(n);
    throw new ScriptFailure(
      "counter",
      `counter ${action.counter}: expected: ${relation === "=" ? "" : `${relation} `}${sign(value)} vs actual: ${
        sign(actual)
      }`,
      line,
      { expected: `${relation} ${sign(value)}`, actual: sign(actual) },
    );
  }

  async #timedCommand(action: CommandAction, line: number): Promise<void> {
    const began_us = this.#session.now();
    await this.#command(action, `executing \`${action.command}\` command`, line);
    this.#run.facts.held(this.#session.now() - began_us);
  }

  async #command(
    command: Pick<ShellCommand, "command">,
    what: string,
    line: number | undefined,
  ): Promise<void> {
    const { evidence, session } = this.#run;
    this.#command_text = command.command;
    const outcome = await session.command(command.command);
    this.#command_text = undefined;
    if (this.#over) throw new ScriptFailure("blocked", "stopped", line);
    evidence.add(
      "command",
      session.now(),
      line,
      `\`${command.command.trim().replace(/\s*\n\s*/g, "; ")}\` = ${outcome.status}`,
    );
    for (const name of outcome.unknownSettings ?? []) this.#warnings.push(`there is no setting ${name}`);
    if (outcome.lack !== undefined) throw new MachineError(`error ${what}`, outcome.lack);
    const problem = commandProblem(outcome);
    if (problem === undefined) return;
    const output = outcome.output.trim();
    throw new ScriptFailure("command", `error ${what}: ${problem}`, line, output === "" ? {} : { actual: output });
  }

  /** What follows the last event. */
  async #finish(): Promise<void> {
    if (this.#run.strict) await this.#nothingLeft();
    await this.#cleanUp();
    await this.#code.judge();
    await this.#caller.requireDone(IDLE_WAIT_US);
    this.#caller.throwFailure();
    this.#capture.noteUnread();
    tearDown(this.#run);
  }

  async #nothingLeft(): Promise<void> {
    const deadline = this.#session.now() + this.#config.tolerance_usecs;
    for (;;) {
      const live = await this.#capture.next(deadline);
      if (live === undefined) return;
      if (isPassedOver(live, this.#run.worded)) continue;
      const header = mappedForDisplay(live, this.#run.sockets.underTest);
      throw new ScriptFailure(
        "unexpected-packet",
        "error handling packet: a packet that nobody expected",
        this.#line,
        {
          expected: "none",
          actual: `${dumpTime(live.time_us)} ${formatLivePacket(live, header)}`,
          actualBytes: live.bytes,
        },
      );
    }
  }

  async #cleanUp(): Promise<void> {
    const { cleanupCommand } = this.#script;
    if (cleanupCommand === undefined || !this.#cleanupArmed) return;
    this.#cleanupArmed = false;
    await this.#command(cleanupCommand, "executing cleanup command", undefined);
  }

  #checkBudget(): void {
    if (this.#over) throw new ScriptFailure("blocked", "stopped", this.#line);
    if (this.#remaining_ms() <= 0) throw this.#limitFailure();
  }

  #remaining_ms(): number {
    const limit = this.#options.limit_us ?? DEFAULT_LIMIT_US;
    return this.#options.virtualTime
      ? limit / 1000 - (performance.now() - this.#began_ms)
      : (this.#run.limit_us - this.#session.now()) / 1000;
  }

  async #stopped(error: unknown): Promise<RunOutcome> {
    if (!this.#started) this.#run.evidence.started(-this.#session.now());
    this.#capture.noteUnread();
    // The cleanup command runs whatever happened, and what it does can't change the verdict any more.
    // Behind a command that does not end it would wait for ever.
    if (this.#command_text === undefined) {
      this.#over = false;
      await untilStopped(this.#cleanUp(), this.#options.virtualTime ? Infinity : GRACE_MS, undefined).catch(() => {});
      this.#over = true;
    }
    if (error instanceof ScriptFault) return this.#outcome("error", error.text, error.line, error);
    if (error instanceof ScriptFailure) {
      // Set-up that fails says nothing of a stack.
      const verdict = error.kind === "command" && this.#settingUp ? "error" : "fail";
      return this.#outcome(verdict, error.text, error.line, error);
    }
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof UnsupportedError) return this.#outcome("skip", text, this.#line, undefined);
    if (error instanceof TargetError) {
      const [kind, lack] = error instanceof MachineError ? ["machine" as const, error.lack] : ["target" as const];
      return this.#outcome("error", text, this.#line, new ScriptFailure(kind, text, this.#line, { lack }));
    }
    const stack = error instanceof Error ? error.stack ?? text : text;
    this.#run.evidence.add("note", this.#session.now(), this.#line, stack);
    return this.#outcome(
      "error",
      `internal error: ${text}`,
      this.#line,
      new ScriptFailure("harness", text, this.#line),
    );
  }

  #outcome(
    verdict: RunOutcome["verdict"],
    text: string,
    line: number | undefined,
    failure: ScriptFailure | undefined,
  ): RunOutcome {
    const { path } = this.#script;
    const { evidence } = this.#run;
    const message = verdict === "pass" ? "" : `${path}:${line === undefined ? "" : `${line}:`} ${text}`;
    let rendered: ReturnType<Evidence["render"]> | undefined;
    return {
      verdict,
      message,
      ...(line === undefined ? {} : { line }),
      ...(failure === undefined ? {} : { failure: describeFailure(failure, this.#script, line) }),
      warnings: this.#warnings,
      get evidence() {
        return rendered ??= evidence.render();
      },
      ...(this.#options.virtualTime
        ? {}
        : { facts: this.#run.facts.facts(failure?.kind === "code" ? line : undefined) }),
    };
  }
}

function isInjection(event: Event | undefined): boolean {
  return event?.action.kind === "packet" && event.action.direction === "in";
}
