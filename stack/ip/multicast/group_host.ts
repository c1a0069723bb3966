/**
 * What a host does about the groups of one interface towards the routers there: IGMPv3 with its older versions (RFC 9776 sections 5
 * and 7), and MLDv2 with its older one (RFC 9777 sections 6 and 8), which are the same but for their messages.
 *
 * @module
 */
import type { Net } from "../../net.ts";
import type { Timer } from "../../timers.ts";
import type { IpAddress } from "../../wire/address.ts";
import { allows, differences, isMembership, type SourceFilter } from "./filter.ts";
import type { InterfaceGroups } from "./interface_groups.ts";

/** Types of records, the same numbers in IGMPv3 and MLDv2 (RFC 9776 section 4.2.12). */
export const RecordType = {
  MODE_IS_INCLUDE: 1,
  MODE_IS_EXCLUDE: 2,
  CHANGE_TO_INCLUDE: 3,
  CHANGE_TO_EXCLUDE: 4,
  ALLOW_NEW_SOURCES: 5,
  BLOCK_OLD_SOURCES: 6,
} as const;

/** A record of a report. */
export interface GroupRecord {
  readonly type: number;
  readonly group: IpAddress;
  readonly sources: readonly IpAddress[];
}

/** Which messages routers here understand: of sources, of groups and leaving them, of groups alone (IGMPv1). */
export type Generation = "sources" | "groups" | "first";

/** The messages of one family. */
export interface GroupMessages {
  /** RFC 9776 section 8.1, by setting. */
  readonly robustness: number;
  /** Which version the administrator wants, whatever routers say. */
  readonly forced: Generation | undefined;
  /** RFC 9776 section 8.11: between repeated reports, µs. */
  unsolicited_us(generation: Generation): number;
  /** Whether routers are told of a group at all. */
  reported(group: IpAddress): boolean;
  /** Sends reports with these records. */
  report(records: readonly GroupRecord[]): void;
  /** Sends a report of an older version. */
  oldReport(group: IpAddress, generation: Generation): void;
  /** Says in an older version that nobody here is in a group any more. */
  leave(group: IpAddress): void;
}

/** A query that came in. */
export interface GroupQuery {
  readonly generation: Generation;
  /** Absent: a general query. */
  readonly group: IpAddress | undefined;
  readonly sources: readonly IpAddress[];
  readonly maximumResponse_us: number;
  /** Querier's robustness variable, 0 where it tells none. */
  readonly robustness: number;
  /** Querier's query interval, 0 where it tells none, µs. */
  readonly interval_us: number;
}

/** RFC 9776 section 8.2: where no querier has told another. */
const QUERY_INTERVAL_US = 125_000_000;
/** RFC 9776 section 8.3. */
const QUERY_RESPONSE_INTERVAL_US = 10_000_000;

/** Reports about changes that are still to be sent for one group. */
interface Pending {
  readonly group: IpAddress;
  /** How often the change of mode is still to be told. */
  mode: number;
  /** How often each changed source is still to be told. */
  readonly sources: Map<string, { readonly source: IpAddress; left: number }>;
}

/** An answer to a query that waits. */
interface Response {
  readonly group: IpAddress;
  readonly timer: Timer;
  /** Sources asked for; empty: all. */
  sources: Map<string, IpAddress>;
  /** Unsolicited reports of an older version that are still to be sent. */
  unsolicited: number;
}

/** See the module. */
export class GroupHost {
  private robustness: number;
  private interval_us = QUERY_INTERVAL_US;
  private readonly pending = new Map<string, Pending>();
  private readonly responses = new Map<string, Response>();
  /** Groups whose last report of an older version was ours. */
  private readonly lastReporter = new Set<string>();
  private readonly changes: Timer;
  private readonly general: Timer;
  /** Until when a router of an older version counts as there, µs. */
  private firstUntil = -1;
  private groupsUntil = -1;

  constructor(
    private readonly net: Net,
    private readonly groups: InterfaceGroups,
    private readonly messages: GroupMessages,
    private readonly mine: (group: IpAddress) => boolean,
  ) {
    this.robustness = messages.robustness;
    this.changes = net.timers.create("group changes", () => this.tellChanges());
    this.general = net.timers.create("general query", () => this.answerGeneral());
  }

  /** RFC 9776 section 7.2.1: the version that all routers here understand. */
  get generation(): Generation {
    const { forced } = this.messages;
    if (forced !== undefined) return forced;
    // RFC9776-7.2.1-compat
    if (this.net.now < this.firstUntil) return "first";
    return this.net.now < this.groupsUntil ? "groups" : "sources";
  }

  /** What the interface wants of a group has changed (RFC 9776 section 5.1). */
  changed(group: IpAddress, before: SourceFilter, after: SourceFilter): void {
    if (!this.messages.reported(group)) return;
    const { generation } = this;
    if (generation !== "sources") return this.changedOld(group, before, after, generation);
    const pending = this.pendingOf(group);
    // RFC9776-5.1-join, RFC9776-5.1-leave, RFC9776-5.1-mode, RFC9777-6.1-join, RFC9777-6.1-leave
    if (before.mode !== after.mode) {
      pending.mode = this.robustness;
      pending.sources.clear();
    } else {
      // RFC9776-5.1-sources, RFC9777-6.1-sources
      for (const source of differences(before, after)) {
        pending.sources.set(source.key, { source, left: this.robustness });
      }
    }
    this.tellChanges();
  }

  /** Tells all groups anew, as when nobody has been told yet: what was said before came from no address (RFC 3590 section 4). */
  announce(): void {
    if (this.generation !== "sources") return;
    for (const { group, filter } of this.groups.all()) {
      if (!this.mine(group) || !this.messages.reported(group)) continue;
      const pending = this.pendingOf(group);
      if (filter.mode === "exclude") pending.mode = this.robustness;
      else {for (const source of filter.sources.values()) {
          pending.sources.set(source.key, { source, left: this.robustness });
        }}
    }
    if (this.pending.size > 0) this.tellChanges();
  }

  private pendingOf(group: IpAddress): Pending {
    let pending = this.pending.get(group.key);
    if (pending === undefined) this.pending.set(group.key, pending = { group, mode: 0, sources: new Map() });
    return pending;
  }

  /** Sends what has changed, and again later for as often as the robustness wants. */
  private tellChanges(): void {
    const records: GroupRecord[] = [];
    for (const [key, pending] of this.pending) {
      records.push(...this.changeRecords(pending));
      if (pending.mode === 0 && pending.sources.size === 0) this.pending.delete(key);
    }
    if (records.length > 0) this.messages.report(records);
    // RFC9776-5.1-join, RFC9776-5.1-leave, RFC9777-6.1-join, RFC9777-6.1-leave
    if (this.pending.size === 0) this.changes.cancel();
    else this.changes.arm(this.net.now + this.random(this.messages.unsolicited_us("sources")));
  }

  private changeRecords(pending: Pending): GroupRecord[] {
    const { group, sources } = pending;
    const filter = this.groups.filterOf(group);
    if (pending.mode > 0) {
      pending.mode--;
      for (const entry of sources.values()) this.spend(sources, entry);
      // RFC9776-5.1-mode
      const type = filter.mode === "exclude" ? RecordType.CHANGE_TO_EXCLUDE : RecordType.CHANGE_TO_INCLUDE;
      return [{ type, group, sources: [...filter.sources.values()] }];
    }
    const lists: readonly [number, IpAddress[]][] = [
      [RecordType.ALLOW_NEW_SOURCES, []],
      [RecordType.BLOCK_OLD_SOURCES, []],
    ];
    for (const entry of sources.values()) {
      // RFC9776-5.1-sources
      lists[allows(filter, entry.source) ? 0 : 1]![1].push(entry.source);
      this.spend(sources, entry);
    }
    return lists.filter(([, list]) => list.length > 0).map(([type, list]) => ({ type, group, sources: list }));
  }

  private spend(sources: Pending["sources"], entry: { readonly source: IpAddress; left: number }): void {
    entry.left--;
    if (entry.left === 0) sources.delete(entry.source.key);
  }

  private changedOld(group: IpAddress, before: SourceFilter, after: SourceFilter, generation: Generation): void {
    if (isMembership(after)) {
      if (isMembership(before)) return;
      // RFC 2236 section 3: at once, and again in case that one is lost.
      this.sendOld(group, generation);
      const response = this.responseOf(group);
      response.unsolicited = this.robustness - 1;
      response.timer.arm(this.net.now + this.random(this.messages.unsolicited_us(generation)));
      return;
    }
    this.forget(group);
    // RFC9776-7.2.1-v2-leave, RFC9777-8.2.1-compat
    if (generation === "groups" && this.lastReporter.delete(group.key)) this.messages.leave(group);
  }

  private sendOld(group: IpAddress, generation: Generation): void {
    this.lastReporter.add(group.key);
    this.messages.oldReport(group, generation);
  }

  private responseOf(group: IpAddress): Response {
    let response = this.responses.get(group.key);
    if (response === undefined) {
      const timer = this.net.timers.create(`group ${group}`, () => this.answer(group));
      this.responses.set(group.key, response = { group, timer, sources: new Map(), unsolicited: 0 });
    }
    return response;
  }

  private forget(group: IpAddress): void {
    this.responses.get(group.key)?.timer.cancel();
    this.responses.delete(group.key);
  }

  /** A router asks (RFC 9776 section 5.2). */
  query(query: GroupQuery): void {
    this.noteQuerier(query);
    const { generation } = this;
    if (query.group === undefined) {
      // RFC9776-5.2-general, RFC9777-6.2-general
      if (generation === "sources") return this.schedule(this.general, query.maximumResponse_us);
      for (const { group } of this.groups.all()) {
        if (this.mine(group) && this.messages.reported(group)) this.askedFor(group, query);
      }
      return;
    }
    // RFC9776-5.2-group, RFC9777-6.2-specific
    if (this.groups.has(query.group) && this.messages.reported(query.group)) this.askedFor(query.group, query);
  }

  private askedFor(group: IpAddress, { sources, maximumResponse_us }: GroupQuery): void {
    // A general answer that comes sooner holds this one.
    const soon = this.general.pending && this.general.expires! <= this.net.now + maximumResponse_us;
    if (soon && this.generation === "sources") return;
    const response = this.responseOf(group);
    const waits = response.timer.pending;
    if (sources.length === 0 || (waits && response.sources.size === 0)) response.sources = new Map();
    else for (const source of sources) response.sources.set(source.key, source);
    this.schedule(response.timer, maximumResponse_us);
  }

  /** Answers some time within `most_us`, unless an answer comes sooner anyway. */
  private schedule(timer: Timer, most_us: number): void {
    const due = this.net.now + this.random(most_us);
    if (!timer.pending || due < timer.expires!) timer.arm(due);
  }

  /** RFC 9776 sections 4.1.6, 4.1.7 and 7.2.1. */
  private noteQuerier(query: GroupQuery): void {
    const before = this.generation;
    if (query.robustness > 0) this.robustness = query.robustness;
    if (query.interval_us > 0) this.interval_us = query.interval_us;
    // RFC 9776 section 8.12
    const until = this.net.now + this.robustness * this.interval_us +
      (query.maximumResponse_us || QUERY_RESPONSE_INTERVAL_US);
    // RFC9776-7.2.1-compat
    if (query.generation === "first") this.firstUntil = until;
    // RFC9776-7.2.1-compat, RFC9777-8.2.1-compat
    if (query.generation === "groups") this.groupsUntil = until;
    if (this.generation !== before) this.cancelAll();
  }

  private cancelAll(): void {
    this.pending.clear();
    this.changes.cancel();
    this.general.cancel();
    for (const { timer } of this.responses.values()) timer.cancel();
    this.responses.clear();
  }

  private answerGeneral(): void {
    const records: GroupRecord[] = [];
    for (const { group, filter } of this.groups.all()) {
      if (this.mine(group) && this.messages.reported(group)) records.push(stateRecord(group, filter));
    }
    // RFC9776-5.2-general
    if (records.length > 0) this.messages.report(records);
  }

  /** An answer about one group is due. */
  private answer(group: IpAddress): void {
    const response = this.responses.get(group.key);
    if (response === undefined) return;
    const { generation } = this;
    if (generation !== "sources") {
      this.sendOld(group, generation);
      response.unsolicited--;
      if (response.unsolicited > 0) {
        response.timer.arm(this.net.now + this.random(this.messages.unsolicited_us(generation)));
      } else this.responses.delete(group.key);
      return;
    }
    this.responses.delete(group.key);
    const filter = this.groups.filterOf(group);
    if (response.sources.size === 0) {
      if (isMembership(filter)) this.messages.report([stateRecord(group, filter)]);
      return;
    }
    // RFC 9776 section 5.2: those of the sources asked for that are wanted here.
    const wanted = [...response.sources.values()].filter((source) => allows(filter, source));
    if (wanted.length > 0) {
      this.messages.report([{ type: RecordType.MODE_IS_INCLUDE, group, sources: wanted }]);
    }
  }

  /** Another host has reported a group in an older version: once is enough (RFC 2236 section 3). */
  heardReport(group: IpAddress): void {
    if (this.generation === "sources") return;
    this.lastReporter.delete(group.key);
    this.forget(group);
  }

  private random(most_us: number): number {
    return Math.floor(most_us * this.net.random() / 0x1_0000_0000);
  }

  /** The interface is gone. */
  stop(): void {
    this.cancelAll();
  }
}

function stateRecord(group: IpAddress, filter: SourceFilter): GroupRecord {
  const type = filter.mode === "exclude" ? RecordType.MODE_IS_EXCLUDE : RecordType.MODE_IS_INCLUDE;
  return { type, group, sources: [...filter.sources.values()] };
}
