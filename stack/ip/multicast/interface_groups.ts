/**
 * The groups that an interface is in: what every socket and the host itself want, added up.
 *
 * @module
 */
import type { IpAddress } from "../../wire/address.ts";
import { allows, EVERYBODY, isMembership, mergeFilters, NOBODY, sameFilter, type SourceFilter } from "./filter.ts";

/** Is told when what an interface wants of a group changes. */
export type GroupListener = (group: IpAddress, before: SourceFilter, after: SourceFilter) => void;

interface Entry {
  readonly group: IpAddress;
  /** What each member wants. */
  readonly members: Map<object, SourceFilter>;
  /** How often the host itself has joined. */
  own: number;
  filter: SourceFilter;
}

/** The groups of one interface, both families. */
export class InterfaceGroups {
  private readonly entries = new Map<string, Entry>();

  /** No groups yet. */
  constructor(private readonly listener: GroupListener) {}

  /** Joins for the host itself, once more. */
  join(group: IpAddress): void {
    const entry = this.obtain(group);
    entry.own++;
    this.update(entry);
  }

  /** Undoes one {@link join}; whether there was one. */
  leave(group: IpAddress): boolean {
    const entry = this.entries.get(group.key);
    if (entry === undefined || entry.own === 0) return false;
    entry.own--;
    this.update(entry);
    return true;
  }

  /** Sets what a member wants of a group. */
  set(member: object, group: IpAddress, filter: SourceFilter): void {
    const entry = this.obtain(group);
    if (isMembership(filter)) entry.members.set(member, filter);
    else entry.members.delete(member);
    this.update(entry);
  }

  /** Whether anybody here is in a group. */
  has(group: IpAddress): boolean {
    return this.entries.has(group.key);
  }

  /** Whether packets of `source` to a group are wanted by anybody here. */
  allows(group: IpAddress, source: IpAddress): boolean {
    const entry = this.entries.get(group.key);
    return entry !== undefined && allows(entry.filter, source);
  }

  /** The groups, and what is wanted of each. */
  *all(): Generator<{ readonly group: IpAddress; readonly filter: SourceFilter }> {
    yield* this.entries.values();
  }

  /** What is wanted of a group. */
  filterOf(group: IpAddress): SourceFilter {
    return this.entries.get(group.key)?.filter ?? NOBODY;
  }

  private obtain(group: IpAddress): Entry {
    let entry = this.entries.get(group.key);
    if (entry === undefined) {
      entry = { group, members: new Map(), own: 0, filter: NOBODY };
      this.entries.set(group.key, entry);
    }
    return entry;
  }

  private update(entry: Entry): void {
    const before = entry.filter;
    const wishes = [...entry.members.values()];
    if (entry.own > 0) wishes.push(EVERYBODY);
    const after = entry.filter = mergeFilters(wishes);
    if (!isMembership(after)) this.entries.delete(entry.group.key);
    if (!sameFilter(before, after)) this.listener(entry.group, before, after);
  }
}
